"""Rings of shellfish: standardised target, Huber loss."""
import os
from pathlib import Path

import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.get_dummies(pd.read_csv(DATA / "abalone.csv", header=None), columns=[0], dtype=float)
frame = frame.rename(columns={8: "rings"})
frame.columns = frame.columns.astype(str)
train, test = train_test_split(frame, test_size=0.3, random_state=1)
mean, std = train.mean(), train.std()
train, test = (train - mean) / std, (test - mean) / std


def dataset(part):
    return TensorDataset(torch.tensor(part.drop(columns="rings").to_numpy(), dtype=torch.float32),
                         torch.tensor(part["rings"].to_numpy(), dtype=torch.float32))


torch.manual_seed(24)
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 15)
for epoch in range(15):
    net.train()
    for x, y in DataLoader(dataset(train), 64, shuffle=True):
        optimizer.zero_grad()
        nn.functional.huber_loss(net(x)[:, 0], y).backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        off = torch.cat([net(x)[:, 0] - y for x, y in DataLoader(dataset(test), 300)])
    print(f"epoch {epoch}: mean error {off.abs().mean() * std['rings']:.3f} rings")
