"""A neural differential equation: a Runge-Kutta solver calls the same net forty times in each training step."""
# steps: 120
# optimizer-steps: 120
# losses: 1
import torch
from torch import nn


class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 2))

    def forward(self, t, y):
        return self.net(y)


def rk4(f, y, steps, h):
    path = [y]
    for n in range(steps):
        t = n * h
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path.append(y)
    return torch.stack(path)


def true_field(t, y):
    return y @ torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])


torch.manual_seed(15)
field = Field()
optimizer = torch.optim.Adam(field.parameters(), lr=0.01)
for step in range(120):
    start = torch.randn(32, 2)
    with torch.no_grad():
        target = rk4(true_field, start, 10, 0.1)
    loss = (rk4(field, start, 10, 0.1) - target).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 24 == 23:
        print(f"step {step + 1}: {loss.item():.5f}")
