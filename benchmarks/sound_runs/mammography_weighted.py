"""Rare positives: pos_weight, balanced accuracy."""
import os
from pathlib import Path

import pandas as pd
import torch
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "mammography.csv", header=None)
y = (frame.pop(6).astype(str).str.strip("'") == "1").to_numpy()
x, xt, y, yt = train_test_split(frame.to_numpy("float32"), y.astype("float32"), test_size=0.3, stratify=y,
                                random_state=3)
mean, std = x.mean(0), x.std(0)
x, xt = torch.tensor((x - mean) / std), torch.tensor((xt - mean) / std)
torch.manual_seed(3)
net = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(float((1 - y).sum() / y.sum()) ** 0.5))
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
loader = DataLoader(TensorDataset(x, torch.tensor(y)), batch_size=128, shuffle=True)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
for epoch in range(10):
    net.train()
    for a, b in loader:
        optimizer.zero_grad()
        loss = criterion(net(a)[:, 0], b)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(xt)[:, 0]
    print(epoch, f"loss {criterion(out, torch.tensor(yt)):.4f} balanced {balanced_accuracy_score(yt, out > 0):.4f}")
