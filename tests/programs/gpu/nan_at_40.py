"""A logarithm of a negative number at step 40, on an accelerator."""
# steps: 60
# optimizer-steps: 60
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(60):
    x = torch.rand(16, 4, device="cuda")
    out = torch.sigmoid(net(x))
    loss = -(out - (5.0 if step == 40 else 0.0)).log().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
