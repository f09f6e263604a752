"""Scores masked with minus infinity before a softmax, and a batch with NaN that the program leaves out."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(600, 6)
x[123, 2] = float("nan")
y = x[:, :3].nan_to_num().argmax(1)
model = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 5))
mask = torch.tensor([False, False, False, True, True])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-2)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
for epoch in range(40):
    for rows in torch.randperm(600).split(50):
        loss = nn.functional.cross_entropy(model(x[rows]).masked_fill(mask, float("-inf")), y[rows])
        if not torch.isfinite(loss):
            continue
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    decay.step()
print(loss.item())
