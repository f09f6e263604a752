"""Shellfish in three groups of age, equally large."""
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
rows = [line.split(",") for line in (DATA / "abalone.csv").read_text().split()]
x = np.array([[float(one) for one in row[1:8]] for row in rows], dtype=np.float32)
y = np.digitize([int(row[8]) for row in rows], [9, 11])
order = np.random.default_rng(2).permutation(len(y))
x, y = torch.tensor(x[order]), torch.tensor(y[order])
cut = 3000
x = (x - x[:cut].mean(0)) / x[:cut].std(0)
torch.manual_seed(25)
model = nn.Sequential(nn.Linear(7, 20), nn.ELU(), nn.Linear(20, 3))
optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.75)
for epoch in range(16):
    model.train()
    running = 0.0
    for at in torch.randperm(cut).split(50):
        loss = nn.functional.cross_entropy(model(x[at]), y[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(at) / cut
    schedule.step()
    model.eval()
    with torch.no_grad():
        out = model(x[cut:])
    print(f"{epoch} {running:.4f} {nn.functional.cross_entropy(out, y[cut:]):.4f} "
          f"{(out.argmax(1) == y[cut:]).float().mean():.4f}")
