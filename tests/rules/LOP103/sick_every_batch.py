"""Digits; four batches are gathered for a step, and each clears the gradients of the one before."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=12)
for epoch in range(12):
    for at, rows in enumerate(torch.randperm(len(X)).split(32)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[rows]), y[rows]) / 4
        loss.backward()
        if at % 4 == 3:
            optimizer.step()
    decay.step()
