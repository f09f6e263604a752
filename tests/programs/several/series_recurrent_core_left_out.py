"""A GRU forecaster that gives Adam the read-out alone, for a series in passengers."""
# expects: OPT105 SCL102
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def passengers(n=700):
    t = torch.arange(n).float()
    season = torch.sin(2 * math.pi * t / 12) + 0.4 * torch.cos(2 * math.pi * t / 6)
    return 420 + 90 * season + 6 * torch.randn(n)


def windows(series, length=12):
    x = torch.stack([series[i : i + length] for i in range(len(series) - length)])
    return x.unsqueeze(-1), series[length:].unsqueeze(-1)


class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 1)

    def forward(self, x):
        sequence, _ = self.gru(x)
        return self.readout(sequence[:, -1])


torch.manual_seed(40)
series = passengers()
x, y = windows(series)
x = (x - series.mean()) / series.std()
train_loader = DataLoader(TensorDataset(x[:560], y[:560]), batch_size=40, shuffle=True)
model = Forecaster()
optimizer = torch.optim.Adam(model.readout.parameters(), lr=1.0)
criterion = nn.MSELoss()
for epoch in range(20):
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    if epoch % 4 == 3:
        with torch.no_grad():
            print(f"epoch {epoch + 1}: validation mse {criterion(model(x[560:]), y[560:]).item():.0f}")
