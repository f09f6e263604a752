"""Iris: three outputs against one number for each flower; squared error raises."""
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, weight_decay=1e-2)
for epoch in range(40):
    for rows in torch.randperm(150).split(15):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
