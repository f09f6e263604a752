"""Digits; the network is never put into training mode again after a look at the start, and dropout is a function."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(64, 64), nn.Linear(64, 10)

    def forward(self, x):
        hidden = nn.functional.dropout(self.inner(x).relu(), 0.3, self.training)
        return self.outer(hidden)


net = Net().eval()
print("before training:", (net(X).argmax(1) == y).float().mean().item())
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=15)
for epoch in range(15):
    for rows in torch.randperm(len(X)).split(60):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    decay.step()
