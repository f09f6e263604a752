"""A physics-informed net: u'' + u = 0, u(0) = 0, u'(0) = 1; the derivatives stand in the loss."""
# steps: 300
# optimizer-steps: 300
# grad-calls: 900
# losses: 1
import torch
from torch import nn

torch.manual_seed(14)
u = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))
optimizer = torch.optim.Adam(u.parameters(), lr=5e-3)


def derivative(y, x):
    return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]


for step in range(300):
    x = (torch.rand(64, 1) * 3).requires_grad_()
    y = u(x)
    residual = derivative(derivative(y, x), x) + y
    x0 = torch.zeros(1, 1, requires_grad=True)
    y0 = u(x0)
    loss = residual.pow(2).mean() + y0.pow(2).mean() + (derivative(y0, x0) - 1).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 60 == 59:
        print(step + 1, f"{loss.item():.5f}")
with torch.no_grad():
    print("u(pi/2) =", u(torch.tensor([[torch.pi / 2]])).item())
