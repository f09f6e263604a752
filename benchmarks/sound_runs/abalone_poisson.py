"""Rings of shellfish as counts: Poisson loss, logarithmic rate."""
import os
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "abalone.csv", header=None).drop(columns=0).sample(frac=1, random_state=4)
values = torch.tensor(frame.to_numpy(np.float32))
x, y = values[:, :-1], values[:, -1]
x = (x - x[:2900].mean(0)) / x[:2900].std(0)
train, test = TensorDataset(x[:2900], y[:2900]), TensorDataset(x[2900:], y[2900:])
torch.manual_seed(26)
net = nn.Sequential(nn.Linear(7, 16), nn.Softplus(), nn.Linear(16, 1))
nn.init.constant_(net[-1].bias, float(y[:2900].mean().log()))
loss_fn = nn.PoissonNLLLoss(log_input=True)
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 14)
for epoch in range(14):
    net.train()
    for a, b in DataLoader(train, 50, shuffle=True):
        optimizer.zero_grad()
        loss_fn(net(a).squeeze(1), b).backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        off = torch.cat([net(a).squeeze(1).exp() - b for a, b in DataLoader(test, 400)]).abs().mean()
    print(f"epoch {epoch} mean error {off:.3f}")
