"""Radar returns: stratified folds, a scaler fitted anew in each."""
import os
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "ionosphere.csv", header=None)
y = (frame.pop(34) == "g").to_numpy().astype(np.float32)
x = frame.loc[:, frame.nunique() > 2].to_numpy(np.float32)
scores = []
for fold, (inside, outside) in enumerate(StratifiedKFold(4, shuffle=True, random_state=1).split(x, y)):
    scaler = StandardScaler().fit(x[inside])
    a, b = torch.tensor(scaler.transform(x[inside])), torch.tensor(scaler.transform(x[outside]))
    ya, yb = torch.tensor(y[inside]), torch.tensor(y[outside])
    torch.manual_seed(fold)
    net = nn.Sequential(nn.Linear(x.shape[1], 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
    for epoch in range(20):
        net.train()
        for at in torch.randperm(len(a)).split(24):
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(net(a[at])[:, 0], ya[at]).backward()
            optimizer.step()
        schedule.step()
        net.eval()
        with torch.no_grad():
            score = ((net(b)[:, 0] > 0) == (yb > 0.5)).float().mean().item()
    scores.append(score)
    print(f"fold {fold}: {score:.4f}")
print(np.mean(scores))
