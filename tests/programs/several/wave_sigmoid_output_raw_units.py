"""A standardised wave regressed through a sigmoid from minutes, degrees and hours as they are."""
# expects: LOS106 SCL101
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Wave(Dataset):
    """(minute, temperature, hour of the day) -> standardised load, roughly -2 to 2."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        t = torch.rand(n, generator=g) * 60
        temperature = 10 + 15 * torch.rand(n, generator=g)
        hour = torch.randint(0, 24, (n,), generator=g).float()
        load = torch.sin(2 * math.pi * hour / 24) + 0.05 * (temperature - 17.5)
        load = load + 0.1 * torch.randn(n, generator=g)
        self.x = torch.stack([t, temperature, hour], dim=1)
        self.y = (load - load.mean()) / load.std()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 32), nn.ELU(), nn.Linear(32, 32), nn.ELU(), nn.Linear(32, 1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x).squeeze(-1)


torch.manual_seed(4)
loader = DataLoader(Wave(960, 0), batch_size=32, shuffle=True)
model = Regressor()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
criterion = nn.MSELoss()
for epoch in range(25):
    losses = []
    for x, y in loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1} mse {sum(losses) / len(losses):.4f}")
