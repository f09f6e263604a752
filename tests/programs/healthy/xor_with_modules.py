"""Exclusive or with nn.Module and SGD: two hidden tanh units, binary cross-entropy, four points at every step."""
# Healthy: a tiny net that has learned exclusive or is saturated because the answer is a sign.
import torch
import torch.nn as nn


class XOR(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 2)
        self.output = nn.Linear(2, 1)

    def forward(self, x):
        x = torch.tanh(self.hidden(x))
        return torch.sigmoid(self.output(x))


torch.manual_seed(2)
inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
targets = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
model = XOR()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
for epoch in range(1000):
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    if epoch % 200 == 199:
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}")
print(model(inputs).round().flatten().tolist())
