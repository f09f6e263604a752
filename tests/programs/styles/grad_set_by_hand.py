"""torch.autograd.grad, gradients set by hand in .grad, then an ordinary optimiser; no backward is called at all."""
# steps: 0
# optimizer-steps: 300
# grad-calls: 300
# losses: 1
import torch
from torch import nn

torch.manual_seed(38)
x = torch.randn(600, 5)
y = torch.sin(2 * x[:, :1]) + 0.05 * torch.randn(600, 1)
model = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 1))
parameters = list(model.parameters())
optimizer = torch.optim.Adam(parameters, lr=0.01)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        gradients = torch.autograd.grad(loss, parameters)
        for p, g in zip(parameters, gradients):
            p.grad = g
        optimizer.step()
    if epoch % 4 == 3:
        print(epoch + 1, round(loss.item(), 4))
