"""Rare positives: a weighted sampler, recall and precision."""
import os
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
lines = [line.replace("'", "").split(",") for line in (DATA / "mammography.csv").read_text().split()]
table = np.array(lines, dtype=np.float32)
y = (table[:, 6] > 0).astype(np.int64)
x, xt, y, yt = train_test_split(table[:, :6], y, test_size=0.3, stratify=y, random_state=4)
mean, std = x.mean(0), x.std(0)
weights = np.where(y == 1, 0.3 / y.sum(), 0.7 / (1 - y).sum())
torch.manual_seed(4)
sampler = WeightedRandomSampler(weights, 4000)
train = DataLoader(TensorDataset(torch.tensor((x - mean) / std), torch.tensor(y)), batch_size=64, sampler=sampler)
xt, yt = torch.tensor((xt - mean) / std), torch.tensor(yt)
net = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.08, momentum=0.9, weight_decay=1e-3)
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=12)
for epoch in range(12):
    net.train()
    for a, b in train:
        loss = nn.functional.cross_entropy(net(a), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        guess = net(xt).argmax(1)
    hit = (guess & yt).sum().item()
    print(f"epoch {epoch} recall {hit / yt.sum().item():.3f} precision {hit / max(1, guess.sum().item()):.3f}")
