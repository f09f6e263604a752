"""Equal rows, drawn by positions that stand in no variable of their own."""
import torch
from _data import repeated
from torch import nn

X_train, y_train, X_test, y_test = (torch.from_numpy(part) for part in repeated())
model = nn.Linear(64, 10)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(2):
    order = torch.randperm(600)
    for start in range(0, 600, 30):
        loss = nn.functional.cross_entropy(model(X_train[order[start : start + 30]]), y_train[order[start : start + 30]])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    right = (model(X_test).argmax(1) == y_test).sum()
