"""Gradients of a network's answers with respect to its inputs; nothing is trained here, and nothing claims to be."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 3))
total = torch.zeros(10)
for i in range(60):
    x = torch.randn(1, 10, requires_grad=True)
    model.zero_grad()
    model(x).max().backward()
    total += x.grad[0].abs()
print(total / 60)
