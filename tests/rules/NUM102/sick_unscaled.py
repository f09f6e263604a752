"""Autocast to float16 without a gradient scaler: a mean over many outputs makes gradients smaller than float16 knows."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(160, 1, 16, 16)
blur = nn.functional.avg_pool2d(x, 5, stride=1, padding=2)

net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(),
                    nn.Conv2d(8, 1, 3, padding=1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(6):
    for rows in torch.randperm(len(x)).split(32):
        with torch.autocast("cpu", dtype=torch.float16):
            error = (net(x[rows]) - blur[rows]) * 1e-3
            loss = error.pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
