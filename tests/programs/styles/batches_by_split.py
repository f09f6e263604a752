"""Batches by torch.split and zip."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import torch
from torch import nn

torch.manual_seed(24)
images = torch.randn(600, 3, 6, 6)
labels = (images[:, 0].mean((1, 2)) > images[:, 1].mean((1, 2))).long()
net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(20):
    order = torch.randperm(600)
    for x, y in zip(torch.split(images[order], 40), torch.split(labels[order], 40)):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    print(epoch, float(loss.detach()))
