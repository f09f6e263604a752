"""Hand-written SGD with momentum on raw tensors; the batches are drawn with NumPy and random."""
import random

import numpy as np
import torch
from _fingerprint import fingerprint, seed

seed(16)
weights = [torch.randn(6, 24) / 6**0.5, torch.zeros(24), torch.randn(24, 1) / 24**0.5, torch.zeros(1)]
velocity = [torch.zeros_like(w) for w in weights]
for w in weights:
    w.requires_grad_()
x = torch.from_numpy(np.random.normal(size=(400, 6)).astype("float32"))
y = (x[:, :1] * x[:, 1:2]).tanh()
indices = list(range(400))
for epoch in range(12):
    random.shuffle(indices)
    for start in range(0, 400, 40):
        rows = indices[start : start + 40]
        noise = torch.from_numpy(np.random.normal(0, 0.01, size=(40, 1)).astype("float32"))
        answer = torch.relu(x[rows] @ weights[0] + weights[1]) @ weights[2] + weights[3]
        loss = ((answer - y[rows] - noise) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for w, v in zip(weights, velocity):
                v.mul_(0.9).add_(w.grad)
                w -= 0.03 * v
                w.grad = None
    print(epoch, loss.item())
fingerprint(weights, velocity)
