"""Two moons: an activation behind every layer but the last."""
import torch
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(0)
x, y = make_moons(1000, noise=0.2, random_state=0)
x, y = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32), torch.tensor(y)
model = nn.Sequential(
    nn.Linear(2, 32), nn.ReLU(),
    nn.Linear(32, 32), nn.ReLU(),
    nn.Linear(32, 2),
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)
for epoch in range(30):
    for rows in torch.randperm(800).split(40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    schedule.step()
    with torch.no_grad():
        print(epoch + 1, loss.item(), nn.functional.cross_entropy(model(x[800:]), y[800:]).item())
