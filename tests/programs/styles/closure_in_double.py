"""LBFGS with a closure, everything in double precision: ten evaluations a step, twelve steps."""
# steps: 120
# optimizer-steps: 12
# losses: 1
import torch
from torch import nn

torch.manual_seed(40)
torch.set_default_dtype(torch.float64)
t = torch.linspace(-2, 2, 200).unsqueeze(1)
y = torch.sin(2.5 * t) + 0.02 * torch.randn(200, 1)
model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)).double()
optimizer = torch.optim.LBFGS(
    model.parameters(), lr=0.3, max_iter=10, max_eval=10, tolerance_grad=0, tolerance_change=0
)


def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(t), y)
    loss.backward()
    return loss


for i in range(12):
    print("STEP:", i, optimizer.step(closure).item())
