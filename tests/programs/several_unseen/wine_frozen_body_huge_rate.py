"""Wine: everything but the last layer without gradient, the last layer at a rate of 30."""
# expects: ARC109 OPT102
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch import nn, optim

torch.manual_seed(3)
wine = load_wine()
X = torch.tensor(StandardScaler().fit_transform(wine.data), dtype=torch.float32)[:, [1, 2, 3, 4]]
y = torch.tensor(wine.target)

model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3))
for child in list(model)[:-1]:
    for p in child.parameters():
        p.requires_grad = False

opt = optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=30.0, momentum=0.9)
ce = nn.CrossEntropyLoss()
log = []
for it in range(500):
    i = torch.randint(0, len(X), (24,))
    opt.zero_grad()
    loss = ce(model(X[i]), y[i])
    loss.backward()
    opt.step()
    log.append(loss.item())
    if it % 100 == 99:
        print(f"it {it + 1} mean loss {sum(log[-100:]) / 100:.3f}")
print("accuracy", (model(X).argmax(1) == y).float().mean().item())
