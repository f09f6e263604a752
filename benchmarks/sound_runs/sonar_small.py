"""Rock or mine: few examples, a small network with much weight decay."""
import os
from pathlib import Path

import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "sonar.csv", header=None)
y = torch.tensor((frame.pop(60) == "M").to_numpy(), dtype=torch.float32)
x = torch.tensor(frame.to_numpy(), dtype=torch.float32)
inside, outside = train_test_split(range(len(y)), test_size=0.35, stratify=y, random_state=4)
x = (x - x[inside].mean(0)) / x[inside].std(0)
torch.manual_seed(38)
net = nn.Sequential(nn.Linear(60, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))
optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=1.0)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 25)
loss_fn = nn.BCEWithLogitsLoss()
xa, ya, xb, yb = x[inside], y[inside], x[outside], y[outside]
for epoch in range(25):
    net.train()
    for at in torch.randperm(len(xa)).split(16):
        optimizer.zero_grad()
        loss = loss_fn(net(xa[at])[:, 0], ya[at])
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(xb)[:, 0]
    print(epoch, f"{loss.item():.4f} {loss_fn(out, yb):.4f} {((out > 0) == (yb > 0.5)).float().mean():.4f}")
