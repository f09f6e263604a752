"""Four batches to a step, cleared after the step; a second optimiser for the bias steps at every batch."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(800, 6)
y = torch.tanh(x @ torch.randn(6, 1)) + 0.05 * torch.randn(800, 1)
body, offset = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 1, bias=False)), nn.Parameter(torch.zeros(1))
slow, fast = torch.optim.Adam(body.parameters(), lr=1e-2), torch.optim.SGD([offset], lr=1e-2)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(slow, 30)
for epoch in range(30):
    for at, rows in enumerate(torch.randperm(800).split(25)):
        fast.zero_grad()
        (nn.functional.mse_loss(body(x[rows]) + offset, y[rows]) / 4).backward()
        fast.step()
        if at % 4 == 3:
            slow.step()
            slow.zero_grad()
    decay.step()
