"""A wide network through eight points of a curve: every point is met, which is what is wanted here."""
# Healthy: interpolation of noise-free points; there is no held-out set to overfit against.
import math

import torch
import torch.nn as nn

torch.manual_seed(13)
x = torch.linspace(-1, 1, 8)[:, None]
y = torch.sin(math.pi * x)
net = nn.Sequential(nn.Linear(1, 256), nn.Tanh(), nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for t in range(500):
    y_pred = net(x)
    loss = nn.functional.mse_loss(y_pred, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if t % 100 == 99:
        print(t + 1, loss.item())
