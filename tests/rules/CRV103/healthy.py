"""Eighty tumours, one in eight mislabelled as records are, a linear fit with weight decay."""
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(4)
data = load_breast_cancer()
order = torch.randperm(len(data.target))
X = torch.tensor(data.data, dtype=torch.float32)[order]
y = torch.tensor(data.target, dtype=torch.float32)[order].unsqueeze(1)
flip = torch.rand(80, 1) < 0.12
X, y, X_test, y_test = X[:80], torch.where(flip, 1 - y[:80], y[:80]), X[80:], y[80:]
mean, std = X.mean(0), X.std(0)
X, X_test = (X - mean) / std, (X_test - mean) / std

model = nn.Sequential(nn.Linear(30, 4), nn.ReLU(), nn.Linear(4, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=0.3)
loss_fn = nn.BCEWithLogitsLoss()

for epoch in range(200):
    model.train()
    for rows in torch.randperm(len(X)).split(20):
        optimizer.zero_grad()
        loss = loss_fn(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        held_out = loss_fn(model(X_test), y_test).item()
print(f"held-out loss {held_out:.3f}")
