"""Three spirals: the optimiser gets the head alone, and a rate of 60 for it."""
# expects: OPT105 OPT102
import math

import torch
from torch import nn


def spirals(n, classes=3):
    xs, ys = [], []
    for c in range(classes):
        r = torch.linspace(0.1, 1.0, n)
        angle = 2 * math.pi * c / classes + 4 * r + 0.7 * torch.randn(n)
        xs.append(torch.stack([r * angle.cos(), r * angle.sin()], 1))
        ys.append(torch.full((n,), c))
    x = torch.cat(xs)
    return (x - x.mean(0)) / x.std(0), torch.cat(ys)


class Spiral(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU())
        self.head = nn.Linear(40, 3)

    def forward(self, x):
        return self.head(self.body(x))


torch.manual_seed(12)
x, y = spirals(250)
net = Spiral()
optimizer = torch.optim.SGD(net.head.parameters(), lr=60.0)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(40):
    order = torch.randperm(len(x))
    mean = 0.0
    for b in order.view(-1, 50):
        loss = loss_fn(net(x[b]), y[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean += loss.item() / (len(order) // 50)
    if epoch % 8 == 7:
        print("epoch", epoch + 1, "loss", round(mean, 3))
with torch.no_grad():
    print("accuracy", round((net(x).argmax(1) == y).float().mean().item(), 3))
