"""A head with weights of spread 1: confident before it has seen anything."""
import torch
from torch import nn

import unstuck


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.arange(64) % 10
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 10))
    nn.init.normal_(model[2].weight, std=2.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, batches, only=["initial_loss"], dir=path).record
