"""retain_graph: one forward pass, two backward passes through the shared trunk, one step."""
# steps: 600
# optimizer-steps: 300
# losses: 2
import torch
from torch import nn

torch.manual_seed(35)
x = torch.randn(600, 6)
kind = (x[:, 0] > 0).long()
size = x[:, 1:2] * 0.8 + 0.6 * x[:, 2:3]
trunk = nn.Sequential(nn.Linear(6, 32), nn.ReLU())
kind_head, size_head = nn.Linear(32, 2), nn.Linear(32, 1)
everything = [*trunk.parameters(), *kind_head.parameters(), *size_head.parameters()]
optimizer = torch.optim.Adam(everything, lr=5e-3)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        optimizer.zero_grad()
        features = trunk(x[rows])
        kind_loss = nn.functional.cross_entropy(kind_head(features), kind[rows])
        size_loss = nn.functional.mse_loss(size_head(features), size[rows])
        kind_loss.backward(retain_graph=True)
        size_loss.backward()
        optimizer.step()
    if epoch % 4 == 3:
        print(epoch + 1, round(kind_loss.item(), 4), round(size_loss.item(), 4))
