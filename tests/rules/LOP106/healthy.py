"""Digits; validation puts the network into evaluation mode, and each epoch puts it back."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
train_loader = DataLoader(TensorDataset(X[order[:1400]], y[order[:1400]]), batch_size=50, shuffle=True)
val_loader = DataLoader(TensorDataset(X[order[1400:]], y[order[1400:]]), batch_size=100)
model = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=12)


def validate():
    model.eval()
    with torch.no_grad():
        return sum(criterion(model(inputs), labels).item() for inputs, labels in val_loader) / len(val_loader)


for epoch in range(12):
    model.train()
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
    schedule.step()
    print(epoch, validate())
