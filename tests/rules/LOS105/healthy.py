"""Breast cancer: two units, and a softmax over them, taken by the loss."""
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)
order = torch.randperm(len(X))
train, test = order[:440], order[440:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(30, 12)
        self.head = nn.Linear(12, 2)

    def forward(self, x):
        scores = self.head(torch.tanh(self.hidden(x)))
        return scores


model, criterion = Net(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
for epoch in range(40):
    for rows in train[torch.randperm(440)].split(40):
        optimizer.zero_grad()
        loss = criterion(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    schedule.step()
    with torch.no_grad():
        print(epoch + 1, loss.item(), criterion(model(X[test]), y[test]).item())
