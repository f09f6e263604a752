"""Breast cancer; the first biases begin at zero."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
data = load_breast_cancer()
x = torch.tensor(data.data, dtype=torch.float32)
y = torch.tensor(data.target)
train, test = torch.randperm(len(x)).split([456, 113])
x = (x - x[train].mean(0)) / x[train].std(0)

model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 2))
nn.init.constant_(model[0].bias, 0.0)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)

for epoch in range(30):
    model.train()
    for batch in train[torch.randperm(len(train))].split(38):
        loss = F.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
model.eval()
with torch.no_grad():
    recall = [(model(x[test]).argmax(1) == y[test])[y[test] == label].float().mean() for label in (0, 1)]
print(f"recall of malignant {recall[0]:.2f}, of benign {recall[1]:.2f}")
