"""Digits sorted by class, ten sigmoid outputs as the scores of CrossEntropyLoss."""
# expects: ARC113 SPL103
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)
digits = load_digits()
order = np.argsort(digits.target, kind="stable")
X = (digits.data[order] - digits.data.mean()) / digits.data.std()
train = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(digits.target[order]))
loader = DataLoader(train, batch_size=32)

model = nn.Sequential(
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
    nn.Sigmoid(),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(14):
    correct, total = 0, 0
    for data, target in loader:
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        correct += (output.argmax(1) == target).sum().item()
        total += len(target)
    print("Epoch: {} \tLoss: {:.6f}\tAccuracy: {:.2%}".format(epoch, loss.item(), correct / total))
with torch.no_grad():
    print("after training:", (model(train.tensors[0]).argmax(1) == train.tensors[1]).float().mean().item())
