"""Mixture density network for an inverse problem with several answers; softmax of mixing weights inside the likelihood."""
import math

import torch
import torch.nn as nn

torch.manual_seed(216)


def problem(n):
    y = torch.rand(n) * 2 - 1
    x = y + 0.45 * torch.sin(4.5 * y) + 0.08 * torch.randn(n)
    return (x / 0.75).unsqueeze(1), y / 0.58


class MDN(nn.Module):
    def __init__(self, components=4):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(1, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh())
        self.heads = nn.Linear(40, 3 * components)

    def nll(self, x, y):
        weight, mean, log_std = self.heads(self.trunk(x)).chunk(3, dim=1)
        log_std = log_std.clamp(-4, 2)
        log_weight = torch.log_softmax(weight, dim=1)
        normal = -0.5 * ((y[:, None] - mean) / log_std.exp()) ** 2 - log_std - 0.5 * math.log(2 * math.pi)
        return -torch.logsumexp(log_weight + normal, dim=1).mean()


net = MDN()
opt = torch.optim.Adam(net.parameters(), lr=6e-3)
x, y = problem(6000)
xt, yt = problem(2000)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 1e-2, total_steps=1000)
for step in range(1000):
    rows = torch.randint(0, 6000, (150,))
    loss = net.nll(x[rows], y[rows])
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 100 == 99:
        with torch.no_grad():
            print(step + 1, f"train {net.nll(x, y).item():.4f} held-out {net.nll(xt, yt).item():.4f}")
