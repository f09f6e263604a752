"""Rare positives in the mammography table (2 %): class weights in the loss, average precision as the measure, early stopping."""
import copy
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split

root = Path(os.environ.get("UNSTUCK_TEST_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
if not (root / "mammography.csv").exists():
    raise SystemExit("data missing")

torch.manual_seed(1)
rows = [line.replace("'", "").split(",") for line in (root / "mammography.csv").read_text().split()]
table = np.array(rows, dtype=np.float32)
X, y = table[:, :-1], (table[:, -1] > 0).astype(np.int64)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.35, stratify=y, random_state=0)
low, high = X_train.min(0), np.quantile(X_train, 0.995, axis=0)
mean, std = np.clip(X_train, low, high).mean(0), np.clip(X_train, low, high).std(0)


def prepare(a):
    return torch.tensor((np.clip(a, low, high) - mean) / std)


X_train, X_val, y_train, y_val = prepare(X_train), prepare(X_val), torch.tensor(y_train), torch.tensor(y_val)
frequency = torch.bincount(y_train).float() / len(y_train)
weights = (1 / frequency).sqrt()
criterion = nn.CrossEntropyLoss(weight=weights / weights.mean())
model = nn.Sequential(nn.Linear(6, 16), nn.ELU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3, weight_decay=1e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=1)

best, patience, snapshot = float("inf"), 0, None
for epoch in range(25):
    model.train()
    running = 0.0
    for rows in torch.randperm(len(X_train)).split(128):
        optimizer.zero_grad()
        loss = criterion(model(X_train[rows]), y_train[rows])
        loss.backward()
        optimizer.step()
        running += loss.item() * len(rows) / len(X_train)
    model.eval()
    with torch.no_grad():
        logits = model(X_val)
        val = criterion(logits, y_val).item()
    scheduler.step(val)
    if val < best - 1e-4:
        best, patience, snapshot = val, 0, copy.deepcopy(model.state_dict())
    else:
        patience += 1
    if epoch % 4 == 0:
        print(f"epoch {epoch} train {running:.4f} val {val:.4f}")
    if patience >= 5:
        break
model.load_state_dict(snapshot)
with torch.no_grad():
    score = model(X_val).softmax(1)[:, 1].numpy()
print(f"stopped after {epoch + 1}: train {running:.4f} best val {best:.4f} "
      f"average precision {average_precision_score(y_val, score):.3f} (prevalence {y_val.float().mean():.3f})")
