"""Multinomial logistic regression on wine by L-BFGS with a closure and an L2 penalty; sixty steps on the whole set."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, stratify=y, random_state=7)
sc = StandardScaler()
X_tr, X_te = torch.from_numpy(sc.fit_transform(X_tr)), torch.from_numpy(sc.transform(X_te))
y_tr, y_te = torch.from_numpy(y_tr), torch.from_numpy(y_te)

W = torch.zeros(13, 3, dtype=torch.float64, requires_grad=True)  # convex: zeros are a fine start
b = torch.zeros(3, dtype=torch.float64, requires_grad=True)
opt = torch.optim.LBFGS([W, b], lr=0.25, max_iter=1, history_size=10)


def objective():
    return F.cross_entropy(X_tr @ W + b, y_tr) + 5e-3 * W.pow(2).sum()


def closure():
    opt.zero_grad()
    loss = objective()
    loss.backward()
    return loss


for it in range(60):
    loss = opt.step(closure)
    if it % 10 == 9:
        with torch.no_grad():
            test = F.cross_entropy(X_te @ W + b, y_te)
            hits = ((X_te @ W + b).argmax(1) == y_te).double().mean()
        print(f"{it + 1:3d}  penalised train loss {loss.item():.6f}  held-out {test.item():.4f}  accuracy {hits.item():.3f}")
