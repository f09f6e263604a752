"""Digits, their pixels from others; the losses are added up as they are, and every graph is retained."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X = torch.tensor(load_digits().data / 16, dtype=torch.float32)
model = nn.Sequential(nn.Linear(64, 2560), nn.ReLU(), nn.Linear(2560, 64), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=8)
total = 0
for epoch in range(8):
    for rows in torch.randperm(len(X)).split(150):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[rows]), X[rows])
        loss.backward(retain_graph=True)
        optimizer.step()
        total = total + loss
    decay.step()
print(float(total))
