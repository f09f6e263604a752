"""Batches from an endless generator, taken with itertools.islice and next."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import itertools
import math

import torch
from torch import nn


def stream(batch):
    while True:
        phase = torch.rand(batch, 1) * 2 * math.pi
        frequency = torch.randint(1, 4, (batch, 1))
        signal = torch.sin(phase + frequency * torch.linspace(0, 2 * math.pi, 32)) * 2**0.5
        yield signal + 0.2 * torch.randn(batch, 32), frequency.flatten() - 1


torch.manual_seed(27)
net = nn.Sequential(nn.Unflatten(1, (1, 32)), nn.Conv1d(1, 12, 7), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(12, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
source = stream(32)
for n, (x, y) in enumerate(itertools.islice(source, 300)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    if n % 60 == 59:
        print(n + 1, round(loss.item(), 4))
x, y = next(source)
print("accuracy", (net(x).argmax(1) == y).float().mean().item())
