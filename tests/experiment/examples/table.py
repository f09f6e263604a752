"""Trains on a table: ``table.py FAULT [hand]``. Rows 0 to 399 are for training, 300 more are held out."""

import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

fault, by_hand = sys.argv[1], "hand" in sys.argv
made = torch.Generator().manual_seed(1)
x = torch.randn(700, 6, generator=made)
x = x + 0.8 * torch.sin(torch.arange(700.0) / 9)[:, None]
score = torch.stack([x[:, 0] + x[:, 1], x[:, 2] - x[:, 1], 0.7 - x[:, 0]], 1)
y = score.argmax(1)
if fault == "labels":
    y[:80] = (y[:80] + 1) % 3
if fault == "late":
    y = y.roll(2)
if fault == "stretch":
    y[100:250] = y[100:250].roll(3)
if fault == "leak":
    x[400:550], y[400:550] = x[:150], y[:150]
    noise = torch.randn(700, 3, generator=made).argmax(1)
    y = torch.where(torch.arange(700) % 3 == 0, noise, y)
    y[400:550] = y[:150]
if fault == "sentinel":
    x[torch.rand(700, generator=made) < 0.15, 0] = -99.0
if fault == "answer":
    x[:, 5] = y + 0.01 * x[:, 5]
    y = torch.where(torch.arange(700) % 3 == 0, torch.randn(700, 3, generator=made).argmax(1), y)
    x[:, 5] = y + 0.01 * torch.randn(700, generator=made)
train_x, train_y, test_x, test_y = x[:400].clone(), y[:400].clone(), x[400:].clone(), y[400:].clone()
if fault == "lost":
    train_x[:, 5] = train_y + 0.1 * train_x[:, 5]
if fault == "scaled":
    test_x = test_x * 8 + 3
if fault == "inverted":
    test_x[:, 0] = 1 - test_x[:, 0]

torch.manual_seed(0)
hidden = 200 if fault in ("leak", "labels") else 32
net = nn.Sequential(nn.Linear(6, hidden), nn.ReLU(), nn.Linear(hidden, 3))
if fault == "sentinel":
    net = nn.Linear(6, 3)
optimizer = torch.optim.Adam(net.parameters(), 0.02)
train_loader = DataLoader(TensorDataset(train_x, train_y), batch_size=40, shuffle=True)
test_loader = DataLoader(TensorDataset(test_x, test_y), batch_size=100)


def batches():
    if not by_hand:
        yield from train_loader
        return
    for at in torch.randperm(400).split(40):
        yield train_x[at], train_y[at]


for _ in range(12):
    for inputs, labels in batches():
        loss = nn.functional.cross_entropy(net(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
net.eval()
with torch.no_grad():
    if by_hand:
        right = (net(test_x).argmax(1) == test_y).sum()
    else:
        right = sum((net(inputs).argmax(1) == labels).sum() for inputs, labels in test_loader)
print(f"accuracy {right / 300:.3f}")
