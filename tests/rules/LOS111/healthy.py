"""The same over the positions."""
import torch
from torch import nn

import unstuck


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.head = nn.Linear(8, 1), nn.Linear(8, 3)

    def forward(self, x):
        weights = self.score(x).softmax(dim=1)
        return self.head((weights * x).sum(1))


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 10, 8), torch.randint(0, 3, (64,))
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, batches, only=["softmax_axes"], dir=path).record
