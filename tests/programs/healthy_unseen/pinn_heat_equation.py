"""Physics-informed solution of the heat equation with separate losses for the inside, the edge and the start."""
import math

import torch
from torch import nn
from torch.autograd import grad

torch.manual_seed(208)
ALPHA = 0.1
net = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=6e-3)
STEPS = 800
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, STEPS)


def u(x, t):
    return net(torch.cat([2 * x - 1, 2 * t - 1], dim=1))


def exact(x, t):
    return torch.exp(-ALPHA * math.pi ** 2 * t) * torch.sin(math.pi * x)


gx, gt = torch.meshgrid(torch.linspace(0, 1, 21), torch.linspace(0, 1, 21), indexing="ij")
gx, gt = gx.reshape(-1, 1), gt.reshape(-1, 1)
for step in range(STEPS):
    x, t = torch.rand(64, 1, requires_grad=True), torch.rand(64, 1, requires_grad=True)
    inside = u(x, t)
    u_t = grad(inside.sum(), t, create_graph=True)[0]
    u_x = grad(inside.sum(), x, create_graph=True)[0]
    u_xx = grad(u_x.sum(), x, create_graph=True)[0]
    loss_pde = (u_t - ALPHA * u_xx).pow(2).mean()
    xs, ts, side = torch.rand(24, 1), torch.rand(24, 1), torch.randint(0, 2, (24, 1)).float()
    loss_start = (u(xs, torch.zeros_like(xs)) - torch.sin(math.pi * xs)).pow(2).mean()
    loss_edge = u(side, ts).pow(2).mean()
    loss = loss_pde + 2 * loss_start + loss_edge
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 160 == 159:
        with torch.no_grad():
            error = (u(gx, gt) - exact(gx, gt)).abs().max().item()
        print(f"{step + 1} loss {loss.item():.2e} (equation {loss_pde.item():.1e}) largest error {error:.4f}")
