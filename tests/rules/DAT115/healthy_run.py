"""Each target belongs to its row."""
# needs: examination
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
random = np.random.default_rng(0)
X = random.normal(size=(600, 4))
y = (X.sum(axis=1) / 2 + 0.3 * random.normal(size=600)).astype(np.float32)
X, y = torch.from_numpy(X.astype(np.float32)), torch.from_numpy(y)

model = nn.Sequential(nn.Linear(X.shape[1], 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(8):
    order = torch.randperm(len(X))
    for start in range(0, len(X), 50):
        rows = order[start : start + 50]
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[rows])[:, 0], y[rows])
        loss.backward()
        optimizer.step()
print(f"loss {loss.item():.3f}")
