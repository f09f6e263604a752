"""Income: logistic regression with SGD on eight columns."""
import os
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "adult-train.csv", header=None, skipinitialspace=True).sample(6000, random_state=2)
x = np.column_stack([frame[0], frame[4], frame[12], np.log1p(frame[10]), np.log1p(frame[11]),
                     frame[5] == "Married-civ-spouse", frame[9] == "Male"]).astype(np.float32)
y = (frame[14] == ">50K").to_numpy().astype(np.float32)
x, xt, y, yt = train_test_split(x, y, test_size=0.25, stratify=y, random_state=2)
scaler = StandardScaler().fit(x)
x, xt = scaler.transform(x), scaler.transform(xt)
torch.manual_seed(2)
model = nn.Linear(x.shape[1], 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8)
train = DataLoader(TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=64, shuffle=True)
test = DataLoader(TensorDataset(torch.tensor(xt), torch.tensor(yt)), batch_size=500)
for epoch in range(8):
    model.train()
    for a, b in train:
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(a)[:, 0], b).backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        hits = sum(((model(a)[:, 0] > 0) == (b > 0.5)).sum().item() for a, b in test)
    print(f"epoch {epoch}: {hits / len(yt):.4f}")
