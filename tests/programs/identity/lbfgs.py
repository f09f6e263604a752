"""LBFGS with a strong-Wolfe line search: the number of closure calls depends on the last bit."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn

seed(8)
model = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 1))
optimizer = torch.optim.LBFGS(model.parameters(), lr=1.0, max_iter=15, history_size=8, line_search_fn="strong_wolfe")
x = torch.randn(200, 3)
y = torch.sin(x[:, :1]) * x[:, 1:2]
calls = 0


def closure():
    global calls
    calls += 1
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    return loss


for step in range(10):
    print(step, optimizer.step(closure).item(), calls)
fingerprint(model, optimizer)
