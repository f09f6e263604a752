"""A sweep: four widths, three activations and three optimisers, thirty-six nets one after the other."""
# steps: 1440
# optimizer-steps: 1440
# losses: 36
import itertools

import torch
from torch import nn

torch.manual_seed(16)
x = torch.randn(200, 4)
y = torch.sin(x[:, :1]) + 0.5 * x[:, 1:2] + 0.05 * torch.randn(200, 1)
makers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
}
results = {}
for width, activation, kind in itertools.product([8, 16, 32, 64], [nn.ReLU, nn.Tanh, nn.ELU], makers):
    net = nn.Sequential(nn.Linear(4, width), activation(), nn.Linear(width, 1))
    opt = makers[kind](net.parameters())
    for epoch in range(10):
        for rows in torch.randperm(200).split(50):
            opt.zero_grad()
            loss = nn.functional.mse_loss(net(x[rows]), y[rows])
            loss.backward()
            opt.step()
    results[width, activation.__name__, kind] = loss.item()
for key, value in sorted(results.items(), key=lambda item: item[1])[:5]:
    print(*key, round(value, 4))
