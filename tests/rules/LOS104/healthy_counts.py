"""Counts with a tail, regressed."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(1200, 6)
y = torch.poisson(torch.exp(0.5 * torch.tanh(x[:, :1]) + 0.3))
model = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
for epoch in range(40):
    for rows in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    schedule.step()
    with torch.no_grad():
        print(epoch + 1, loss.item(), nn.functional.mse_loss(model(x[1000:]), y[1000:]).item())
