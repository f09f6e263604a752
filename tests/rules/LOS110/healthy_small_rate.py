"""Diabetes: a squared error by hand, summed over the batch, with a rate for it."""
import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(X / X.std(0), dtype=torch.float32)
y = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32).unsqueeze(1)
loader = DataLoader(TensorDataset(X[:340], y[:340]), batch_size=64, shuffle=True)
model = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=5e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)

for epoch in range(40):
    model.train()
    for inputs, targets in loader:
        loss = ((model(inputs) - targets) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        print(epoch + 1, ((model(X[340:]) - y[340:]) ** 2).mean().item())
