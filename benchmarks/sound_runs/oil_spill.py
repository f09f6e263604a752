"""Oil on the sea: rare positives, weighted loss, columns that do not vary dropped."""
import os
from pathlib import Path

import pandas as pd
import torch
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import PowerTransformer
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
frame = pd.read_csv(DATA / "oil-spill.csv", header=None).drop(columns=0)
y = frame.pop(frame.columns[-1]).to_numpy().astype("float32")
x, xt, y, yt = train_test_split(frame, y, test_size=0.35, stratify=y, random_state=2)
kept = x.columns[x.nunique() > 20]
scaler = PowerTransformer().fit(x[kept].to_numpy(float))
x, xt = (torch.tensor(scaler.transform(part[kept].to_numpy(float)), dtype=torch.float32).clamp(-4, 4)
         for part in (x, xt))
y, yt = torch.tensor(y), torch.tensor(yt)
torch.manual_seed(35)
net = nn.Linear(x.shape[1], 1)
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(4.0))
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-2, weight_decay=1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 25)
for epoch in range(25):
    net.train()
    for at in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        loss = criterion(net(x[at])[:, 0], y[at])
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(xt)[:, 0]
    print(epoch, f"{criterion(out, yt):.4f} balanced accuracy {balanced_accuracy_score(yt, out > 0):.4f}")
