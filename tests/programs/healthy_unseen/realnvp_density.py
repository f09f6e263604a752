"""A normalising flow of four affine couplings with tanh-limited scales, trained by maximum likelihood."""
import math

import torch
import torch.nn as nn


class Coupling(nn.Module):
    def __init__(self, flip, hidden=32):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2))
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        if self.flip:
            a, b = b, a
        scale, shift = self.net(a).chunk(2, dim=1)
        scale = 2 * torch.tanh(scale / 2)
        b = b * scale.exp() + shift
        return torch.cat([b, a] if self.flip else [a, b], dim=1), scale.squeeze(1)


class RealNVP(nn.Module):
    def __init__(self, layers=4):
        super().__init__()
        self.layers = nn.ModuleList(Coupling(i % 2 == 1) for i in range(layers))

    def log_prob(self, x):
        total = 0
        for layer in self.layers:
            x, log_det = layer(x)
            total = total + log_det
        return total - 0.5 * x.pow(2).sum(1) - math.log(2 * math.pi)


def banana(n):
    x = torch.randn(n, 2)
    return torch.stack([x[:, 0], 0.5 * x[:, 1] + 0.6 * (x[:, 0] ** 2 - 1)], 1)


def true_log_prob(x):
    rest = (x[:, 1] - 0.6 * (x[:, 0] ** 2 - 1)) / 0.5
    return -0.5 * (x[:, 0] ** 2 + rest ** 2) - math.log(2 * math.pi) - math.log(0.5)


def main():
    torch.manual_seed(213)
    flow, train, test = RealNVP(), banana(4000), banana(1000)
    optimizer = torch.optim.Adamax(flow.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 14)
    for epoch in range(14):
        total = 0.0
        for rows in torch.randperm(4000).split(100):
            loss = -flow.log_prob(train[rows]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() / 40
        scheduler.step()
        with torch.no_grad():
            held_out = -flow.log_prob(test).mean().item()
        if epoch % 3 == 1:
            print(f"epoch {epoch + 1} train {total:.4f} held-out {held_out:.4f} best possible {-true_log_prob(test).mean():.4f}")


main()
