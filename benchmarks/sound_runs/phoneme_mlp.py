"""Nasal or oral: a small network, stratified split."""
import os
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
table = np.genfromtxt(DATA / "phoneme.csv", delimiter=",", dtype=np.float32)
x, xt, y, yt = train_test_split(table[:, :-1], table[:, -1].astype(int), test_size=0.3, stratify=table[:, -1],
                                random_state=5)
mean, std = x.mean(0), x.std(0)
train = TensorDataset(torch.tensor((x - mean) / std), torch.tensor(y))
test = TensorDataset(torch.tensor((xt - mean) / std), torch.tensor(yt))
torch.manual_seed(5)
net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
epochs = 16
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
for epoch in range(1, epochs + 1):
    net.train()
    for a, b in DataLoader(train, batch_size=64, shuffle=True):
        loss = nn.functional.cross_entropy(net(a), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(a).argmax(1) == b).sum().item() for a, b in DataLoader(test, batch_size=400))
    print(f"epoch {epoch} accuracy {right / len(test):.4f}")
