"""L-BFGS, which calls the network as often as it likes; argv: truth, most evaluations a step."""
import sys

import torch
from _truth import Truth
from torch import nn

torch.manual_seed(6)
x = torch.randn(60, 3)
y = torch.sin(x[:, :1]) * x[:, 1:2]
model = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 1))
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=int(sys.argv[2]), tolerance_change=0, tolerance_grad=0)
named = list(model.named_parameters())
truth = Truth()
truth.outputs(model)


def closure():
    optimizer.zero_grad()
    hidden = model[1](model[0](x))
    truth.bounded("0", "tanh", hidden, -1, 1)
    loss = nn.functional.mse_loss(model[2](hidden), y)
    truth.entering(optimizer)
    truth.loss(loss)
    loss.backward()
    truth.backward_done()
    return loss


for step in range(6):
    truth.before_step(named)
    optimizer.step(closure)
    truth.rate(optimizer)
    truth.after_step(optimizer, named)
    truth.stepped()
truth.save()
