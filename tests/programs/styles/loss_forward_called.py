"""The loss's forward is called by name."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import torch
from torch import nn

torch.manual_seed(1)
x = torch.randn(600, 5)
y = torch.sin(x[:, :1]) + 0.5 * x[:, 1:2] + 0.05 * torch.randn(600, 1)
model = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 1))
loss_layer = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        optimizer.zero_grad()
        loss = loss_layer.forward(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", round(loss.item(), 4))
