"""torch.jit.script of the model and of the loss, and a traced helper."""
import warnings

import torch
from _fingerprint import fingerprint, seed
from torch import nn

warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", category=FutureWarning)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 24)
        self.second = nn.Linear(24, 3)

    def forward(self, x, steps: int = 2):
        x = torch.tanh(self.first(x))
        for _ in range(steps):
            x = x + 0.1 * torch.tanh(x)
        return self.second(x)


@torch.jit.script
def penalty(x):
    return 0.001 * (x * x).mean()


seed(6)
plain = Net()
model = torch.jit.script(plain)
criterion = torch.jit.script(nn.CrossEntropyLoss(label_smoothing=0.05))
shift = torch.jit.trace(lambda t: t * 1.5 - 0.25, torch.zeros(2, 6))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
x = torch.randn(480, 6)
y = (x @ torch.randn(6, 3)).argmax(1)
for epoch in range(8):
    for rows in torch.randperm(480).split(32):
        optimizer.zero_grad()
        scores = model(shift(x[rows]))
        loss = criterion(scores, y[rows]) + penalty(scores)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
fingerprint(model, optimizer)
