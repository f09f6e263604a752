"""while True until Ctrl-C, which this program sends to itself after 200 steps; it ends in good order."""
# steps: 200
# optimizer-steps: 200
# losses: 1
import os
import signal

import torch
from torch import nn

torch.manual_seed(31)
x = torch.randn(500, 4)
y = (x[:, 0] + x[:, 1] > 0).float()
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
step = 0
try:
    while True:
        rows = torch.randint(0, 500, (32,))
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x[rows]).squeeze(1), y[rows])
        loss.backward()
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(step, round(loss.item(), 4))
        if step == 200:
            os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted after", step, "steps: saving would stand here")
