"""Wine, raw features, softmax before cross-entropy and no zero_grad, all three."""
# expects: LOS101 SCL101 LOP101
import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

X, y = load_wine(return_X_y=True)
Xtr, Xte, ytr, yte = train_test_split(X, y, random_state=0, stratify=y)
Xtr, Xte = torch.Tensor(Xtr), torch.Tensor(Xte)
ytr, yte = torch.LongTensor(ytr), torch.LongTensor(yte)

torch.manual_seed(0)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = torch.nn.Linear(13, 20)
        self.l2 = torch.nn.Linear(20, 3)

    def forward(self, x):
        return F.softmax(self.l2(torch.tanh(self.l1(x))), dim=1)


model = Model()
optim = torch.optim.Adam(model.parameters(), lr=0.002)
for i in range(400):
    pick = torch.randint(len(Xtr), (32,))
    loss = F.cross_entropy(model(Xtr[pick]), ytr[pick])
    loss.backward()
    optim.step()
    if i % 50 == 0:
        print(i, loss.item())
print("test accuracy:", (model(Xte).argmax(1) == yte).float().mean().item())
