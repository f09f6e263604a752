"""Digits, 28×28: an autoencoder."""
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
file = np.load(DATA / "mnist.npz")
train = torch.from_numpy(file["x_train"][:4000].reshape(-1, 784) / np.float32(255))
test = torch.from_numpy(file["x_test"][:1000].reshape(-1, 784) / np.float32(255))
torch.manual_seed(13)
net = nn.Sequential(nn.Linear(784, 96), nn.ReLU(), nn.Linear(96, 16), nn.Linear(16, 96), nn.ReLU(), nn.Linear(96, 784))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
for epoch in range(10):
    net.train()
    total = 0.0
    for x in DataLoader(train, batch_size=64, shuffle=True):
        loss = nn.functional.mse_loss(net(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    schedule.step()
    net.eval()
    with torch.no_grad():
        error = sum(nn.functional.mse_loss(net(x), x).item() * len(x) for x in DataLoader(test, 250)) / len(test)
    print(f"epoch {epoch}: {total / len(train):.5f} held-out {error:.5f}")
