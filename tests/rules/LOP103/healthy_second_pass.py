"""Digits; trained on attacked images (their gradients are cleared), then gradients of two tasks are joined by hand."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=30)
for epoch in range(15):
    for rows in torch.randperm(len(X)).split(64):
        images = X[rows].requires_grad_()
        nn.functional.cross_entropy(model(images), y[rows]).backward()
        model.zero_grad()
        attacked = (images + 0.05 * images.grad.sign()).detach()
        nn.functional.cross_entropy(model(attacked), y[rows]).backward()
        optimizer.step()
        optimizer.zero_grad()
    decay.step()
for epoch in range(15):
    for rows in torch.randperm(len(X)).split(64):
        kept = []
        for turned in (X[rows], X[rows].roll(1, 1)):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(turned), y[rows]).backward()
            kept.append([p.grad.clone() for p in model.parameters()])
        for p, one, other in zip(model.parameters(), *kept):
            p.grad = (one + other) / 2
        optimizer.step()
        optimizer.zero_grad()
    decay.step()
