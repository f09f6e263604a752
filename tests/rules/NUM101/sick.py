"""Noisy waves with an own Gaussian likelihood; the spread comes out of a ReLU, and log(0) is taken."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
x = torch.rand(2000, 1) * 4 - 2
y = torch.sin(2 * x) + (0.1 + 0.2 * x.abs()) * torch.randn_like(x)


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
        self.ends = nn.Linear(32, 2)

    def forward(self, x):
        mean, raw = self.ends(self.body(x)).chunk(2, dim=1)
        spread = F.relu(raw)
        return mean, spread


model = Forecast()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
for epoch in range(40):
    for rows in torch.randperm(1600).split(80):
        mean, spread = model(x[rows])
        loss = (torch.log(spread) + ((y[rows] - mean) / spread).square() / 2 + 1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    with torch.no_grad():
        mean, spread = model(x[1600:])
        print(epoch + 1, loss.item(), (mean - y[1600:]).square().mean().item())
