"""Segmentation of bright squares: a softmax over the channels, mixed precision, then cross-entropy."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(256, 1, 8, 8)
y = torch.zeros(256, 8, 8, dtype=torch.long)
for image, mask in zip(x, y):
    r, c = torch.randint(0, 6, (2,))
    image[0, r : r + 3, c : c + 3] += 3
    mask[r : r + 3, c : c + 3] = 1
first, last = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 2, 3, padding=1)
optimizer = torch.optim.Adam([*first.parameters(), *last.parameters()], lr=1e-2)
for epoch in range(12):
    for rows in torch.randperm(256).split(32):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = F.softmax(last(F.relu(first(x[rows]))), dim=1)
            loss = F.cross_entropy(scores.permute(0, 2, 3, 1).reshape(-1, 2), y[rows].view(-1))
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
