"""Crashes in the first backward: sigmoid's output is changed in place. The traceback must stay as it is."""
# steps: 1
# optimizer-steps: 0
# exit: 1
import torch
from torch import nn

torch.manual_seed(49)


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        gate = torch.sigmoid(self.linear(x))
        gate += 0.1
        return self.out(gate * x)


model = Gate()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(100):
    x = torch.randn(16, 4)
    loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
