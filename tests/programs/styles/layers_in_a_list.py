"""Layers in a plain Python list, each with an optimiser of its own."""
# steps: 300
# optimizer-steps: 900
# losses: 1
import torch
from torch import nn, optim

torch.manual_seed(4)
layers = [nn.Linear(6, 32), nn.Linear(32, 32), nn.Linear(32, 4)]
optimizers = [optim.Adam(layer.parameters(), lr=5e-3) for layer in layers]


def run(x):
    for layer in layers[:-1]:
        x = torch.relu(layer(x))
    return layers[-1](x)


x = torch.randn(600, 6)
y = (x @ torch.randn(6, 4)).argmax(1)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        for o in optimizers:
            o.zero_grad()
        loss = nn.functional.cross_entropy(run(x[rows]), y[rows])
        loss.backward()
        for o in optimizers:
            o.step()
    print(epoch, round(loss.item(), 4))
