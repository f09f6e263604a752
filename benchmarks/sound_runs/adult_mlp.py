"""Income: one-hot categories, standardised numbers, AdamW with a cosine schedule; dots cut off the test labels."""
import os
from pathlib import Path

import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
torch.manual_seed(0)
train = pd.read_csv(DATA / "adult-train.csv", header=None, skipinitialspace=True).sample(6000, random_state=0)
test = pd.read_csv(DATA / "adult-test.csv", header=None, skipinitialspace=True).sample(2000, random_state=0)
y, yt = (torch.tensor(f.pop(14).str.strip(".").eq(">50K").to_numpy(), dtype=torch.float32) for f in (train, test))
both = pd.get_dummies(pd.concat([train, test]).drop(columns=[2, 3, 13]), columns=[1, 5, 6, 7, 8, 9], dtype=float)
common = both.iloc[:6000].mean().where(lambda m: (m > 0.01)).dropna().index
a, b = both.iloc[:6000][common], both.iloc[6000:][common]
x, xt = (torch.tensor(((f - a.mean()) / a.std()).to_numpy(), dtype=torch.float32) for f in (a, b))
model = nn.Sequential(nn.Linear(x.shape[1], 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
loader = DataLoader(TensorDataset(x, y), batch_size=128, shuffle=True)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(8):
    model.train()
    for xb, yb in loader:
        loss = criterion(model(xb).squeeze(1), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        out = model(xt).squeeze(1)
    print(f"epoch {epoch} test loss {criterion(out, yt):.4f} accuracy {((out > 0) == (yt > 0.5)).float().mean():.4f}")
