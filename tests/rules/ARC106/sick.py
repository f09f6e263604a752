"""Twenty-four plain ReLU layers with the default initialisation."""
import torch
from torch import nn

import unstuck


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(32, 32)

    def forward(self, x):
        return torch.relu(self.layer(x))


def record(path):
    torch.manual_seed(0)
    x = torch.randn(64, 32)
    y = (x[:, 0] > 0).long() + 2 * (x[:, 1] > 0).long()
    model = nn.Sequential(*[Block() for _ in range(24)], nn.Linear(32, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(
        model, nn.CrossEntropyLoss(), optimizer, batches, only=["depth_cures"], budget=600, dir=path
    ).record
