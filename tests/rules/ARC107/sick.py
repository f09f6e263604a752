"""Digits: one hidden unit before ten classes."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 8 - 1, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
train, test = order[:1400], order[1400:]
loader = DataLoader(TensorDataset(X[train], y[train]), batch_size=50, shuffle=True)
model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 1), nn.Tanh(), nn.Linear(1, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()
EPOCHS = 30
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)

for epoch in range(EPOCHS):
    model.train()
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        scores = model(X[test])
        accuracy = (scores.argmax(1) == y[test]).float().mean().item()
        print(epoch + 1, criterion(scores, y[test]).item(), accuracy)
