"""Three kinds of wheat: softmax regression with a hidden layer."""
import os
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
table = np.loadtxt(DATA / "wheat-seeds.csv", delimiter=",", dtype=np.float32)
y = table[:, -1].astype(int) - 1
x, xt, y, yt = train_test_split(table[:, :-1], y, test_size=0.3, stratify=y, random_state=0)
mean, std = x.mean(0), x.std(0)
train = TensorDataset(torch.tensor((x - mean) / std), torch.tensor(y))
xt, yt = torch.tensor((xt - mean) / std), torch.tensor(yt)
torch.manual_seed(36)
net = nn.Sequential(nn.Linear(7, 10), nn.ReLU(), nn.Linear(10, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02, weight_decay=1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
for epoch in range(40):
    net.train()
    for a, b in DataLoader(train, 16, shuffle=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(a), b)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        print(epoch, round(loss.item(), 4), (net(xt).argmax(1) == yt).float().mean().item())
