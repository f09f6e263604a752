"""Squared errors are averaged over all values of a series, and the standard deviation is learned by its logarithm."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
t = torch.linspace(0, 6.28, 100)
x = torch.sin(t * (1 + torch.rand(1500, 1)) + 6.28 * torch.rand(1500, 1)) * (0.5 + torch.rand(1500, 1))


class SeriesVAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(100, 80), nn.Tanh())
        self.loc, self.log_scale = nn.Linear(80, 4), nn.Linear(80, 4)
        self.back = nn.Sequential(nn.Linear(4, 80), nn.Tanh(), nn.Linear(80, 100))

    def forward(self, x):
        h = self.body(x)
        loc, log_scale = self.loc(h), self.log_scale(h)
        eps = torch.randn_like(loc)
        kl = (torch.exp(2 * log_scale) + loc ** 2 - 1 - 2 * log_scale).sum(1) / 2
        return self.back(loc + eps * log_scale.exp()), kl.mean()


model = SeriesVAE()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(15):
    for (batch,) in DataLoader(TensorDataset(x), batch_size=50, shuffle=True):
        out, kl = model(batch)
        loss = nn.functional.mse_loss(out, batch) + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
