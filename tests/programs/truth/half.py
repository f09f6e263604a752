"""A network whose very weights are bfloat16, gradients beyond the range of a single float's square in another."""
import torch
from _truth import Truth
from torch import nn

torch.manual_seed(9)
small = nn.Linear(40, 8).bfloat16()
optimizer = torch.optim.SGD(small.parameters(), lr=0.05)
named = list(small.named_parameters())
x, y = torch.randn(64, 40).bfloat16(), torch.randn(64, 8).bfloat16()
truth = Truth()
for step in range(12):
    factor = 1e21 if step == 8 else 1.0
    optimizer.zero_grad()
    out = small(x)
    truth.put("output", "Linear", out)
    loss = ((out - y) ** 2).mean() * factor
    truth.entering(optimizer)
    truth.loss(loss)
    loss.backward()
    truth.backward_done()
    if step == 8:
        for p in small.parameters():
            p.grad.clamp_(-1e20, 1e20)
    truth.before_step(named)
    if step == 8:
        optimizer.param_groups[0]["lr"] = 1e-23
    optimizer.step()
    truth.rate(optimizer)
    truth.after_step(optimizer, named)
    truth.stepped()
    optimizer.param_groups[0]["lr"] = 0.05
truth.save()
