"""Fourteen residual layers behind a normal initialisation of spread 0.7: the sums explode."""
import torch
from torch import nn

import unstuck

STD = 0.7


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(32, 32)
        nn.init.normal_(self.layer.weight, std=STD)

    def forward(self, x):
        return x + torch.relu(self.layer(x))


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 32), torch.randint(0, 4, (64,))
    model = nn.Sequential(*[Block() for _ in range(14)], nn.Linear(32, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, batches, only=["layers"], dir=path).record
