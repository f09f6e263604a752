"""Very many very small steps on two raw numbers: a dip, a spike, a NaN that passes. argv: steps."""
import sys

import torch

steps = int(sys.argv[1])
torch.manual_seed(0)
w = torch.tensor([3.0, -2.0], requires_grad=True)
goal = torch.tensor([0.5, 1.0])
for step in range(steps):
    if step == steps // 3:
        goal = torch.tensor([40.0, 1.0])  # the loss jumps and comes down again
    loss = ((w - goal) ** 2).sum()
    if step == steps // 2:
        loss = loss + 1e6
    if step == steps // 5:
        loss = loss * float("nan")
    loss.backward()
    with torch.no_grad():
        if step != steps // 5:
            w -= 2e-4 * w.grad
        w.grad = None
print(step + 1, loss.item())
