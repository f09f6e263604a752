"""Gradients of several backward calls for each step; argv: truth, calls a step."""
import sys

import torch
from _truth import Truth
from torch import nn

torch.manual_seed(5)
calls = int(sys.argv[2])
x, y = torch.randn(640, 6), torch.randint(0, 3, (640,))
model = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
named = list(model.named_parameters())
truth = Truth()
truth.outputs(model)
for step in range(8):
    optimizer.zero_grad()
    for part in range(calls):
        rows = torch.randint(0, 640, (8,))
        hidden = model[1](model[0](x[rows]))
        truth.rectified("0", hidden)
        loss = nn.functional.cross_entropy(model[2](hidden), y[rows]) / calls
        truth.entering(optimizer)
        truth.loss(loss)
        loss.backward()
        truth.backward_done()
    truth.before_step(named)
    optimizer.step()
    truth.rate(optimizer)
    truth.after_step(optimizer, named)
    truth.stepped()
truth.save()
