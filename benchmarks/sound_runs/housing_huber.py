"""Prices of houses: standardised target."""
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
table = np.array([[float(one) for one in line.replace(",", " ").split()] for line in open(DATA / "housing.csv")])
values = torch.tensor(table, dtype=torch.float32)
torch.manual_seed(31)
train, test = random_split(range(len(values)), [380, len(values) - 380])
mean, std = values[train.indices].mean(0), values[train.indices].std(0)
values = (values - mean) / std
sets = [TensorDataset(values[part.indices][:, :-1], values[part.indices][:, -1:]) for part in (train, test)]
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 24)
for epoch in range(24):
    net.train()
    for x, y in DataLoader(sets[0], 20, shuffle=True):
        optimizer.zero_grad()
        nn.functional.huber_loss(net(x), y).backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        off = torch.cat([net(x) - y for x, y in DataLoader(sets[1], 63)])
    print(epoch, f"rmse {off.pow(2).mean().sqrt() * std[-1]:.3f}")
