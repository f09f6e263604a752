"""Physics-informed network for a damped oscillator: no data, derivatives of the network in the loss, held-out time points."""
import math
import torch

torch.manual_seed(0)
DAMPING, OMEGA = 0.2, 2.0


class Solution(torch.nn.Module):
    """The trial solution satisfies u(0)=1 and u'(0)=0 by construction."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))

    def forward(self, t):
        return 1 + t ** 2 * self.net(t - 1.5)


def derivative(u, t):
    return torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]


def exact(t):
    w = math.sqrt(OMEGA ** 2 - DAMPING ** 2)
    return torch.exp(-DAMPING * t) * (torch.cos(w * t) + DAMPING / w * torch.sin(w * t))


model = Solution()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9965)
test_t = torch.linspace(0, 3, 101)[:, None]

for step in range(1300):
    t = 3 * torch.rand(48, 1)
    t.requires_grad_(True)
    u = model(t)
    du = derivative(u, t)
    ddu = derivative(du, t)
    residual = (ddu + 2 * DAMPING * du + OMEGA ** 2 * u) / OMEGA ** 2
    loss = residual.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 260 == 259:
        with torch.no_grad():
            error = (model(test_t) - exact(test_t)).pow(2).mean().sqrt().item()
        print(f"step {step + 1}: residual {loss.item():.2e} error against the exact solution {error:.2e}")
