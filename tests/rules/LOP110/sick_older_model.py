"""Digits; the network is made anew, larger batches in mind, after the optimiser was made."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)


def make():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


model = make()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
model = make()
for epoch in range(4):
    for rows in torch.randperm(len(X)).split(50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
