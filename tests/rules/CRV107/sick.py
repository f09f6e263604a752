"""Diabetes with SGD at a rate of 2: the loss explodes, because the rate is too high."""
import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(6)
diabetes = load_diabetes()
X = torch.tensor(diabetes.data * 21, dtype=torch.float32)
y = torch.tensor(diabetes.target, dtype=torch.float32).unsqueeze(1)
y = (y - y.mean()) / y.std()

model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
loss_fn = nn.MSELoss()
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)

for epoch in range(30):
    for rows in torch.randperm(len(X)).split(34):
        optimizer.zero_grad()
        loss = loss_fn(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    scheduler.step()
print(f"loss {loss.item():.3g}")
# cause: OPT102
