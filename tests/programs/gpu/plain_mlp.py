"""A small MLP with dropout on an accelerator; never asks for `.item()` in the loop."""
# steps: 2000
# optimizer-steps: 2000
import hashlib
import time

import torch
from torch import nn

torch.manual_seed(0)
device = "cuda"
x = torch.randn(4096, 32, device=device)
y = (x[:, 0] * x[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 2)).to(device)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
torch.cuda.synchronize()
for step in range(2000):
    if step == 500:
        torch.cuda.synchronize()
        began = time.perf_counter()
    at = step % 32 * 128
    opt.zero_grad(set_to_none=True)
    loss = nn.functional.cross_entropy(net(x[at : at + 128]), y[at : at + 128])
    loss.backward()
    opt.step()
torch.cuda.synchronize()
seconds = time.perf_counter() - began
net.eval()
with torch.no_grad():
    held_out = nn.functional.cross_entropy(net(x), y)
print(hashlib.sha1(b"".join(p.detach().cpu().numpy().tobytes() for p in net.parameters())).hexdigest())
import sys

print(seconds, file=sys.stderr)
