"""Iris in an order that no seed decides: torch is seeded, NumPy's generator is not."""
# experiment: unstuck verify
import numpy as np
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
rng = np.random.default_rng()
iris = load_iris()
X = torch.tensor((iris.data - iris.data.mean(0)) / iris.data.std(0), dtype=torch.float32)
y = torch.tensor(iris.target)

model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(30):
    order = torch.tensor(rng.permutation(len(X)))
    for batch in order.split(15):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
print(f"loss {loss.item():.3f}")
