"""A deep plain network on generated two-dimensional spirals of three arms: SGD with momentum, Kaiming's first weights."""

import argparse
import math

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(11)
N = 1500
arm = torch.randint(0, 3, (N,))
radius = torch.rand(N).sqrt()
angle = 3.5 * radius + arm * 2 * math.pi / 3 + 0.1 * torch.randn(N)
points = torch.stack([radius * angle.cos(), radius * angle.sin()], 1) * 2
if "raw-input" in faults:
    points = points * 0.01 + 30


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.activation = nn.Sigmoid() if "saturating" in faults else nn.ReLU()
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity="relu")
        if "small-init" in faults:
            nn.init.normal_(self.linear.weight, std=0.01)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return self.activation(self.linear(x))


class Deep(nn.Module):
    def __init__(self, depth: int = 8, width: int = 32) -> None:
        super().__init__()
        self.blocks = nn.Sequential(Block(2, width), *(Block(width, width) for _ in range(depth - 1)))
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        return self.head(self.blocks(x))


net = Deep()
rate = 1e-5 if "low-rate" in faults else 3.0 if "high-rate" in faults else 0.03
optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 125 * 24)

for epoch in range(125):
    for rows in torch.randperm(1200).split(50):
        loss = nn.functional.cross_entropy(net(points[rows]), arm[rows])
        if "no-zero-grad" not in faults:
            optimizer.zero_grad()
        loss.backward()
        if "clipped" in faults:
            nn.utils.clip_grad_norm_(net.parameters(), 1e-4)
        optimizer.step()
        scheduler.step()
    print(epoch, f"{loss.item():.4f}")

with torch.no_grad():
    score = (net(points[1200:]).argmax(1) == arm[1200:]).float().mean()
print(f"score {score:.4f}")
