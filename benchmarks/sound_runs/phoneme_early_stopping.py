"""Nasal or oral: three parts, stops when the validation loss has not improved for six epochs."""
import copy
import os
from pathlib import Path

import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "phoneme.csv", header=None)
train, rest = train_test_split(frame, test_size=0.4, stratify=frame[5], random_state=9)
valid, test = train_test_split(rest, test_size=0.5, stratify=rest[5], random_state=9)
mean, std = train.iloc[:, :5].mean(), train.iloc[:, :5].std()


def tensors(part):
    return (torch.tensor(((part.iloc[:, :5] - mean) / std).to_numpy(), dtype=torch.float32),
            torch.tensor(part[5].to_numpy(), dtype=torch.float32))


(x, y), (xv, yv), (xt, yt) = map(tensors, (train, valid, test))
torch.manual_seed(9)
net = nn.Sequential(nn.Linear(5, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=2)
criterion = nn.BCEWithLogitsLoss()
best, kept, waited = 9.0, None, 0
for epoch in range(40):
    net.train()
    for at in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        criterion(net(x[at])[:, 0], y[at]).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        loss = criterion(net(xv)[:, 0], yv).item()
    plateau.step(loss)
    print(epoch, round(loss, 4))
    waited += 1
    if loss < best - 1e-4:
        best, kept, waited = loss, copy.deepcopy(net.state_dict()), 0
    if waited == 6:
        break
net.load_state_dict(kept)
with torch.no_grad():
    print("test accuracy", ((net(xt)[:, 0] > 0) == (yt > 0.5)).float().mean().item())
