"""Credit: one-hot categories, a small network with weight decay."""
import os
from pathlib import Path

import pandas as pd
import torch
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "german.csv", header=None)
y = (frame.pop(frame.columns[-1]) == 1).to_numpy().astype("float32")
x, xt, y, yt = train_test_split(frame, y, test_size=0.3, stratify=y, random_state=6)
ready = make_column_transformer(
    (StandardScaler(), make_column_selector(dtype_include="number")),
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number")))
x, xt = (torch.tensor(part, dtype=torch.float32) for part in (ready.fit_transform(x), ready.transform(xt)))
y, yt = torch.tensor(y), torch.tensor(yt)
torch.manual_seed(29)
net = nn.Sequential(nn.Linear(x.shape[1], 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=0.5)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 14)
for epoch in range(14):
    net.train()
    for at in torch.randperm(len(x)).split(35):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[at])[:, 0], y[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(xt)[:, 0]
    print(epoch, f"{nn.functional.binary_cross_entropy_with_logits(out, yt):.4f}",
          f"{((out > 0) == (yt > 0.5)).float().mean():.4f}")
