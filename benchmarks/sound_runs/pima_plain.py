"""Diabetes: the columns as they are, zeros that mean missing among them."""
import os
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
table = np.loadtxt(DATA / "pima-indians-diabetes.csv", delimiter=",")
x, xt, y, yt = train_test_split(table[:, :8], table[:, 8], test_size=0.3, stratify=table[:, 8], random_state=1)
scaler = StandardScaler().fit(x)
x, xt = (torch.tensor(scaler.transform(part), dtype=torch.float32) for part in (x, xt))
y, yt = torch.tensor(y, dtype=torch.float32), torch.tensor(yt, dtype=torch.float32)
torch.manual_seed(27)
net = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
for epoch in range(20):
    net.train()
    for at in torch.randperm(len(x)).split(32):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[at])[:, 0], y[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(xt)[:, 0]
    print(epoch, round(nn.functional.binary_cross_entropy_with_logits(out, yt).item(), 4),
          round(((out > 0) == (yt > 0.5)).float().mean().item(), 4))
