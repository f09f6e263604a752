"""Disease progression by Adam, whose steps are as long in every direction, whatever a sensor's gain."""
# experiment: unstuck verify
import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
data = load_diabetes()
X = torch.tensor(data.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(data.target, dtype=torch.float32)
y = (y - y.mean()) / y.std()


class Sensors(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("gain", torch.tensor([1.0, 100.0] + [1.0] * 8))
        self.linear = nn.Linear(10, 1)

    def forward(self, x):
        return self.linear(x * self.gain).squeeze(1)


model = Sensors()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(60):
    for batch in torch.randperm(len(X)).split(44):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
print(f"loss {loss.item():.3f}")
