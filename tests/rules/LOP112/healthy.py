"""The run ends where held-out data is fitted best."""
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(1000, 10)
y = (torch.sigmoid(X[:, 0] + X[:, 1] * X[:, 2]) > torch.rand(1000)).long()
train, held_out = slice(0, 500), slice(500, 1000)

model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(18):
    for rows in torch.randperm(500).split(25):
        optimizer.zero_grad()
        loss = loss_fn(model(X[train][rows]), y[train][rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(f"epoch {epoch}: held-out loss {loss_fn(model(X[held_out]), y[held_out]).item():.4f}")
