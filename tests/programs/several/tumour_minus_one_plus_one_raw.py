"""Breast cancer labelled -1 and +1 for a loss that wants 0 and 1, on features as they come."""
# expects: DAT114 SCL101
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer

np.random.seed(0)
torch.manual_seed(0)
bunch = load_breast_cancer()
X = bunch.data.astype(np.float32)
t = np.where(bunch.target == 1, 1.0, -1.0).astype(np.float32)
idx = np.random.permutation(len(X))
X, t = torch.from_numpy(X[idx]), torch.from_numpy(t[idx])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(30, 20)
        self.b = nn.Linear(20, 1)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))[:, 0]


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
crit = nn.BCEWithLogitsLoss()
for ep in range(20):
    for k in range(0, 480, 32):
        opt.zero_grad()
        L = crit(net(X[k : k + 32]), t[k : k + 32])
        L.backward()
        opt.step()
    print(ep, round(L.item(), 3))
with torch.no_grad():
    score = net(X[480:])
print("held out accuracy", ((score > 0) == (t[480:] > 0)).float().mean().item())
