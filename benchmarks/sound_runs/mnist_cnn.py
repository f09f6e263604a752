"""Digits, 28×28: convolutions with batch norm."""
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
with np.load(DATA / "mnist.npz") as file:
    x = torch.tensor(file["x_train"][:2500, None] / 255.0, dtype=torch.float32)
    y = torch.tensor(file["y_train"][:2500], dtype=torch.long)
    xt = torch.tensor(file["x_test"][:800, None] / 255.0, dtype=torch.float32)
    yt = torch.tensor(file["y_test"][:800], dtype=torch.long)
mean, std = x.mean(), x.std()
x, xt = (x - mean) / std, (xt - mean) / std
torch.manual_seed(10)
net = nn.Sequential(
    nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
    nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
    nn.Flatten(), nn.Dropout(0.3), nn.Linear(16 * 49, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9, weight_decay=2e-3)
epochs = 7
for epoch in range(epochs):
    for group in optimizer.param_groups:
        group["lr"] = 0.03 * (1 - epoch / epochs)
    net.train()
    for at in torch.randperm(len(x)).split(50):
        loss = nn.functional.cross_entropy(net(x[at]), y[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.inference_mode():
        print(epoch, loss.item(), (net(xt).argmax(1) == yt).float().mean().item())
