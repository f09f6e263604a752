"""Iris, setosa against the rest, in file order; one output unit, and a softmax over it."""
# expects: LOS105 SPL103
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
iris = load_iris()
x = torch.tensor(iris.data, dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
y = torch.tensor(iris.target == 0, dtype=torch.float32)


class IrisNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 12)
        self.out = nn.Linear(12, 1)

    def forward(self, x):
        h = torch.sigmoid(self.hidden(x))
        return torch.softmax(self.out(h), dim=-1).squeeze(-1)


net = IrisNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(40):
    for first in range(0, 150, 15):
        batch, target = x[first : first + 15], y[first : first + 15]
        prediction = net(batch)
        loss = ((prediction - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(f"epoch {epoch}: mse {((net(x) - y) ** 2).mean().item():.3f}")
