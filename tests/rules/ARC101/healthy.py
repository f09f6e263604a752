"""Digits; every bias begins at zero."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
x = (x - x.mean()) / x.std()
y = torch.tensor(digits.target)
train, test = torch.randperm(len(x)).split([1437, 360])

model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 10))
for layer in model:
    if isinstance(layer, nn.Linear):
        nn.init.constant_(layer.bias, 0.0)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)

for epoch in range(20):
    model.train()
    for batch in train[torch.randperm(len(train))].split(32):
        loss = F.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
model.eval()
with torch.no_grad():
    accuracy = (model(x[test]).argmax(1) == y[test]).float().mean()
print(f"test accuracy {accuracy:.3f}")
