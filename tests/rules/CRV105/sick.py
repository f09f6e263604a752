"""Twelve held-out digits choose the epoch."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(1)
data = load_digits()
order = torch.randperm(len(data.target))[:512]
X = torch.tensor(data.data / 16, dtype=torch.float32)[order]
y = torch.tensor(data.target)[order]
X, y, X_val, y_val = X[12:], y[12:], X[:12], y[:12]

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(14):
    for rows in torch.randperm(len(X)).split(32):
        optimizer.zero_grad()
        loss = loss_fn(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        held_out = loss_fn(model(X_val), y_val).item()
print(f"held-out loss {held_out:.3f}")
