"""An optimiser is made out of habit; the weights are moved by hand all the same."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(300, 4)
y = torch.tanh(x @ torch.randn(4, 1)) + 0.05 * torch.randn(300, 1)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(600):
    loss = nn.functional.mse_loss(model(x), y)
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data.add_(p.grad, alpha=-0.2 * 0.995**step)
print(loss.item())
