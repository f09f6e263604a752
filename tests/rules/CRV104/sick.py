"""Three hundred examples of sixteen inputs: what the network learns of them carries over in part."""
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(1300, 16)
y = (X[:, :4].sum(1) + X[:, 4] * X[:, 5] > 0).long()
train, held_out = slice(0, 300), slice(300, 1300)

model = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(80):
    for rows in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = loss_fn(model(X[train][rows]), y[train][rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(f"epoch {epoch}: held-out loss {loss_fn(model(X[held_out]), y[held_out]).item():.4f}")
