"""MAML: inner steps by autograd.grad with create_graph on fast weights, one backward over four tasks outside."""
# steps: 80
# optimizer-steps: 80
# grad-calls: 320
# losses: 1
import math

import torch
import torch.nn.functional as F

torch.manual_seed(39)
weights = [torch.randn(24, 1), torch.zeros(24), torch.randn(24, 24) / 24**0.5, torch.zeros(24), torch.randn(1, 24) / 24**0.5, torch.zeros(1)]
for w in weights:
    w.requires_grad_(True)


def net(x, w):
    x = torch.tanh(F.linear(x, w[0], w[1]))
    x = torch.tanh(F.linear(x, w[2], w[3]))
    return F.linear(x, w[4], w[5])


def task():
    amplitude, phase = 0.5 + torch.rand(1), torch.rand(1) * math.pi
    return lambda x: amplitude * torch.sin(x + phase)


outer = torch.optim.Adam(weights, lr=5e-3)
history = []
for iteration in range(80):
    total = 0.0
    for _ in range(4):
        f = task()
        x_support, x_query = torch.randn(10, 1) * 1.5, torch.randn(10, 1) * 1.5
        inner = F.mse_loss(net(x_support, weights), f(x_support))
        gradients = torch.autograd.grad(inner, weights, create_graph=True)
        fast = [w - 0.05 * g for w, g in zip(weights, gradients)]
        total = total + F.mse_loss(net(x_query, fast), f(x_query)) / 4
    outer.zero_grad()
    total.backward()
    outer.step()
    history.append(total.item())
    if iteration % 16 == 15:
        print(iteration + 1, round(sum(history[-16:]) / 16, 4))
