"""Digits, 28×28: a dense network on 5,000 of them."""
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
file = np.load(DATA / "mnist.npz")


def part(name, count):
    images = torch.tensor(file[f"x_{name}"][:count], dtype=torch.float32).flatten(1) / 255
    return TensorDataset((images - 0.1307) / 0.3081, torch.tensor(file[f"y_{name}"][:count].astype(np.int64)))


torch.manual_seed(7)
train, test = DataLoader(part("train", 5000), 64, shuffle=True), DataLoader(part("test", 1500), 300)
net = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 10))
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, epochs=8, steps_per_epoch=len(train))
for epoch in range(8):
    net.train()
    for x, y in train:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        schedule.step()
    net.eval()
    with torch.no_grad():
        outs = [(F.cross_entropy(net(x), y).item(), (net(x).argmax(1) == y).float().mean().item()) for x, y in test]
    print(epoch, np.mean(outs, axis=0).round(4))
