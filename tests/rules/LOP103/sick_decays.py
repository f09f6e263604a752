"""Digits; a closure clears what it has just computed, and weight decay alone moves the weights."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)


def closure():
    loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
    loss.backward()
    model.zero_grad(set_to_none=False)
    return loss


for epoch in range(6):
    for rows in torch.randperm(len(X)).split(64):
        optimizer.step(closure)
