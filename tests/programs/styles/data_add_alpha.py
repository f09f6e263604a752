"""No optimiser: p.data.add_(p.grad, alpha=-lr) for every parameter."""
# steps: 400
# optimizer-steps: 0
# losses: 1
import torch
from torch import nn

torch.manual_seed(5)
x = torch.randn(400, 3)
y = (x[:, 0] + x[:, 1] * x[:, 2] > 0).long()
model = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 2))
learning_rate = 0.3
for epoch in range(40):
    for rows in torch.randperm(400).split(40):
        model.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        for p in model.parameters():
            p.data.add_(p.grad, alpha=-learning_rate)
    if epoch % 8 == 7:
        print(f"epoch {epoch + 1} loss {loss.item():.4f}")
