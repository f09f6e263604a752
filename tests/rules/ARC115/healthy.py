"""The same without the bound."""
import torch
from torch import nn

import unstuck


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.head = nn.Linear(8, 64), nn.Linear(64, 3)

    def forward(self, x):
        return self.head(torch.relu(self.first(x)))


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.randint(0, 3, (64,))
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(
        model, nn.CrossEntropyLoss(), optimizer, batches, only=["overfit"], budget=600, dir=path
    ).record
