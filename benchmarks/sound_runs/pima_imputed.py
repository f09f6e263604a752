"""Diabetes: zeros that mean missing filled from the nearest training rows."""
import os
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.impute import KNNImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "pima-indians-diabetes.csv", header=None)
y = frame.pop(8).to_numpy()
frame[[1, 2, 3, 4, 5]] = frame[[1, 2, 3, 4, 5]].replace(0, np.nan)
x, xt, y, yt = train_test_split(frame.to_numpy(float), y, test_size=0.3, stratify=y, random_state=3)
ready = make_pipeline(StandardScaler(), KNNImputer(n_neighbors=7)).fit(x)
train = TensorDataset(torch.tensor(ready.transform(x), dtype=torch.float32), torch.tensor(y))
test = TensorDataset(torch.tensor(ready.transform(xt), dtype=torch.float32), torch.tensor(yt))
torch.manual_seed(28)
net = nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 2))
optimizer = torch.optim.AdamW(net.parameters(), lr=6e-3, weight_decay=0.2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 18)
for epoch in range(18):
    net.train()
    for a, b in DataLoader(train, 32, shuffle=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(a), b)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(a).argmax(1) == b).sum().item() for a, b in DataLoader(test, 77))
    print(epoch, round(hits / len(test), 4))
