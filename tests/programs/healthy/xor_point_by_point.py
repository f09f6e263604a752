"""Exclusive or, one point a step in a fixed order, as it is done on paper."""
# Healthy: four points, shown one after the other; each of them is answered in the end.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)
data = [((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 3)
        self.fc2 = nn.Linear(3, 1)

    def forward(self, x):
        return self.fc2(torch.sigmoid(self.fc1(x)))


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
for epoch in range(600):
    total = 0.0
    for point, answer in data:
        optimizer.zero_grad()
        output = net(torch.tensor(point))
        loss = F.mse_loss(output, torch.tensor([answer]))
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 120 == 119:
        print(f"epoch {epoch + 1}: loss {total / 4:.5f}")
print([round(net(torch.tensor(p)).item(), 2) for p, _ in data])
