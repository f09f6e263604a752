"""No loop is named an epoch: a while loop over an iterator that is made anew when it ends, until the loss is small."""
# steps: 260
# optimizer-steps: 260
# losses: 1
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(30)
x = torch.randn(480, 4)
y = x[:, :1] - 0.7 * x[:, 1:2] + 0.3 * x[:, 2:3] * x[:, 3:]
loader = DataLoader(TensorDataset(x, y), batch_size=48, shuffle=True)
net = nn.Sequential(nn.Linear(4, 32), nn.SiLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
it = iter(loader)
k = 0
while k < 260:
    try:
        xb, yb = next(it)
    except StopIteration:
        it = iter(loader)
        xb, yb = next(it)
    opt.zero_grad()
    loss = (net(xb) - yb).abs().pow(2).mean()
    loss.backward()
    opt.step()
    k += 1
    if not k % 52:
        print(k, round(loss.item(), 4))
