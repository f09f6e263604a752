"""while True until Ctrl-C, which nobody catches: the interpreter ends by the signal (130 in a shell)."""
# steps: 150
# optimizer-steps: 150
# losses: 1
# exit: -2
import os
import signal

import torch
from torch import nn

torch.manual_seed(32)
model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
n = 0
while True:
    x = torch.randn(32, 3)
    loss = (model(x) - x.prod(1, keepdim=True).tanh()).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    n += 1
    if n % 50 == 0:
        print(n, round(loss.item(), 4), flush=True)
    if n == 150:
        os.kill(os.getpid(), signal.SIGINT)
