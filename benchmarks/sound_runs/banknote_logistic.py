"""Genuine or forged: logistic regression."""
import os
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
table = np.genfromtxt(DATA / "banknote_authentication.csv", delimiter=",", dtype=np.float32)
x, xt, y, yt = train_test_split(table[:, :4], table[:, 4], test_size=0.3, stratify=table[:, 4], random_state=7)
mean, std = x.mean(0), x.std(0)
x, xt, y, yt = (torch.tensor(part) for part in ((x - mean) / std, (xt - mean) / std, y, yt))
torch.manual_seed(39)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9, weight_decay=3e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 15)
for epoch in range(15):
    model.train()
    for a, b in DataLoader(TensorDataset(x, y), 32, shuffle=True):
        loss = nn.functional.binary_cross_entropy_with_logits(model(a).squeeze(-1), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        out = model(xt).squeeze(-1)
    print(epoch, round(loss.item(), 4), round(((out > 0) == (yt > 0.5)).float().mean().item(), 4))
