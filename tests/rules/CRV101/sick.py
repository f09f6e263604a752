"""Wine with SGD at a hundred-thousandth: the loss is flat, because the rate is too low."""
import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(5)
wine = load_wine()
X = torch.tensor(wine.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(wine.target)

model = nn.Sequential(nn.Linear(13, 24), nn.Tanh(), nn.Linear(24, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(60):
    for rows in torch.randperm(len(X)).split(32):
        optimizer.zero_grad()
        loss = loss_fn(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(f"loss {loss.item():.3f}")
# cause: OPT101
