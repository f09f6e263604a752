"""Digits; dropout is a function that is not told the mode; accuracy alone is looked at."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
train, test = order[:1400], order[1400:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(64, 96), nn.Linear(96, 10)

    def forward(self, x):
        x = self.inner(x).relu()
        x = nn.functional.dropout(x, 0.4)
        return self.outer(x)


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=15)
for epoch in range(15):
    model.train()
    for rows in train[torch.randperm(len(train))].split(50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    decay.step()
    model.eval()
    with torch.no_grad():
        scores = model(X[test])
    print(epoch, (scores.argmax(1) == y[test]).float().mean().item())
