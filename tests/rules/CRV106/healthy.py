"""Held-out rows are drawn at random."""
# needs: examination
import torch
from torch import nn

torch.manual_seed(1)
X = torch.randn(1200, 6)
score = X[:, 0] + X[:, 1]
y = (score + 0.7 * torch.randn(1200) > 0).long()
held = torch.rand(1200) < 0.3
X_train, y_train, X_val, y_val = X[~held], y[~held], X[held], y[held]

model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(12):
    for rows in torch.randperm(len(X_train)).split(32):
        optimizer.zero_grad()
        loss = loss_fn(model(X_train[rows]), y_train[rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        held_out = loss_fn(model(X_val), y_val).item()
print(f"held-out loss {held_out:.3f}")
