"""Progression of diabetes, standardised."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
data = load_diabetes()
x = torch.tensor(data.data, dtype=torch.float32)
y = torch.tensor(data.target, dtype=torch.float32)
train, test = torch.randperm(len(x)).split([342, 100])
x = (x - x[train].mean(0)) / x[train].std(0)
y = (y - y[train].mean()) / y[train].std()

model = nn.Sequential(nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)

for epoch in range(40):
    model.train()
    for batch in train[torch.randperm(len(train))].split(32):
        loss = F.mse_loss(model(x[batch]).squeeze(1), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
model.eval()
with torch.no_grad():
    explained = 1 - F.mse_loss(model(x[test]).squeeze(1), y[test]) / y[test].var()
print(f"variance explained on the test part {explained:.2f}")
