"""Batches by a Python list of indices that random.shuffle mixes, stacked from a list of examples."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import random

import torch
from torch import nn

random.seed(25)
torch.manual_seed(25)
examples = []
for _ in range(600):
    point = torch.randn(2)
    examples.append((point, int(point.norm() > 1.18)))
indices = list(range(len(examples)))
model = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(20):
    random.shuffle(indices)
    for start in range(0, len(indices), 40):
        chosen = [examples[i] for i in indices[start : start + 40]]
        x = torch.stack([point for point, _ in chosen])
        y = torch.tensor([label for _, label in chosen])
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    if epoch % 5 == 4:
        print(epoch + 1, round(loss.item(), 4))
