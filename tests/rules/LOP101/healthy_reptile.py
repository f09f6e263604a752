"""Reptile: the outer optimiser's gradients are overwritten by hand at every step and need no clearing."""
import copy

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
outer = torch.optim.SGD(net.parameters(), lr=0.1)
for task in range(80):
    a, b = 1 + torch.rand(2)
    inner = copy.deepcopy(net)
    steps = torch.optim.SGD(inner.parameters(), lr=0.05)
    for _ in range(4):
        x = torch.randn(20, 1)
        steps.zero_grad()
        nn.functional.mse_loss(inner(x), a * torch.sin(b * x)).backward()
        steps.step()
    for p, q in zip(net.parameters(), inner.parameters()):
        p.grad = p.detach() - q.detach()
    outer.step()
