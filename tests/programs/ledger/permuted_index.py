"""Tensors indexed by a permutation; the whole test set is evaluated at once, by accuracy alone."""
import torch
from _data import split
from torch import nn

X_train, y_train, X_test, y_test = (torch.from_numpy(part) for part in split())
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    order = torch.randperm(len(X_train))
    for start in range(0, len(X_train), 50):
        batch = order[start : start + 50]
        loss = nn.functional.cross_entropy(model(X_train[batch]), y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = (model(X_test).argmax(1) == y_test).float().mean()
    model.train()
