"""Digits, 28×28: training pictures shifted by up to two pixels, test pictures as they are."""
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
file = np.load(DATA / "mnist.npz")


class Digits(Dataset):
    def __init__(self, x, y, shift):
        self.x, self.y, self.shift = torch.tensor(x, dtype=torch.float32) / 255, torch.tensor(y).long(), shift

    def __len__(self):
        return len(self.y)

    def __getitem__(self, at):
        by = torch.randint(-self.shift, self.shift + 1, (2,)).tolist()
        return torch.roll(self.x[at], by, (0, 1)).flatten() - 0.13, self.y[at]


torch.manual_seed(16)
train = DataLoader(Digits(file["x_train"][:4000], file["y_train"][:4000], 1), 64, shuffle=True)
test = DataLoader(Digits(file["x_test"][:1000], file["y_test"][:1000], 0), 250)
net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
for epoch in range(12):
    net.train()
    for x, y in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(x).argmax(1) == y).sum().item() for x, y in test)
    print(epoch, round(loss.item(), 4), hits / 1000)
