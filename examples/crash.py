"""Wine, sorted by class, grey features of all sizes; and it crashes in the second epoch."""
import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
model = nn.Sequential(nn.Linear(13, 32), nn.Tanh(), nn.Linear(32, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
history = torch.zeros(60)

for step in range(200):
    rows = torch.arange(step * 16, step * 16 + 16) % len(X)
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
    loss.backward()
    optimizer.step()
    history[step] = loss.item()
