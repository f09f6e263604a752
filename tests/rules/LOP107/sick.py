"""Digits; one function goes through both loaders, and steps in both."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
train_loader = DataLoader(TensorDataset(X[order[:1400]], y[order[:1400]]), batch_size=50, shuffle=True)
val_loader = DataLoader(TensorDataset(X[order[1400:]], y[order[1400:]]), batch_size=50)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=12)


def one_epoch(loader, training):
    total = 0.0
    with torch.set_grad_enabled(True):
        for inputs, labels in loader:
            loss = criterion(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
    return total / len(loader)


for epoch in range(12):
    model.train()
    trained = one_epoch(train_loader, True)
    model.eval()
    print(epoch, trained, one_epoch(val_loader, False))
    schedule.step()
