"""Evaluation in large slices that a variable of the loop holds."""
import torch
from _data import split
from torch import nn

X_train, y_train, X_test, y_test = (torch.from_numpy(part) for part in split())
model = nn.Linear(64, 10)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    for start in range(0, len(X_train), 20):
        x, y = X_train[start : start + 20], y_train[start : start + 20]
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        for start in range(0, len(X_test), 50):
            part, known = X_test[start : start + 50], y_test[start : start + 50]
            right = (model(part).argmax(1) == known).sum()
