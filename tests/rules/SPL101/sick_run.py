"""Thirty of 300 test rows are training rows."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
random = np.random.default_rng(0)
y = random.integers(0, 2, 900)
X = random.normal(size=(900, 6)) + y[:, None]
X[600:630], y[600:630] = X[:30], y[:30]
X, y = torch.from_numpy(X.astype(np.float32)), torch.from_numpy(y)
X, y, X_test, y_test = X[:600], y[:600], X[600:], y[600:]

model = nn.Sequential(nn.Linear(X.shape[1], 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(8):
    order = torch.randperm(len(X))
    for start in range(0, len(X), 50):
        rows = order[start : start + 50]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = (model(X_test).argmax(1) == y_test).float().mean().item()
print(f"accuracy {right:.2f}")
