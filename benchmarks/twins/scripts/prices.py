"""Regression with a plain Sequential: pandas to tensors, Huber loss, target standardised by the training rows."""
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)
train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
features = [c for c in train.columns if c != "target"]
mean, std = train.mean(), train.std().replace(0, 1.0)
train_z, test_z = (train - mean) / std, (test - mean) / std


def to_tensors(frame):
    return (torch.tensor(frame[features].values, dtype=torch.float32),
            torch.tensor(frame[["target"]].values, dtype=torch.float32))


loader = DataLoader(TensorDataset(*to_tensors(train_z)), batch_size=64, shuffle=True)
held = DataLoader(TensorDataset(*to_tensors(test_z)), batch_size=256)
net = nn.Sequential(nn.Linear(len(features), 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3, weight_decay=1e-4)
EPOCHS = 24
decay = torch.optim.lr_scheduler.CosineAnnealingLR(opt, EPOCHS)
huber = nn.SmoothL1Loss()
for epoch in range(EPOCHS):
    net.train()
    losses = []
    for xb, yb in loader:
        opt.zero_grad()
        loss = huber(net(xb), yb)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    decay.step()
    net.eval()
    with torch.no_grad():
        errors = torch.cat([net(xb) - yb for xb, yb in held])
    rmse = (errors ** 2).mean().sqrt().item()
    print(f"{epoch}: train {sum(losses) / len(losses):.4f} test rmse {rmse * std['target']:.3f} r2 {1 - rmse ** 2:.3f}")
