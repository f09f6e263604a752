"""A ReLU layer with weights of spread 1: sixteen times the He spread."""
import torch
from torch import nn

import unstuck


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 512), torch.randint(0, 4, (64,))
    model = nn.Sequential(nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 4))
    nn.init.normal_(model[0].weight, std=1.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, batches, only=["layers"], dir=path).record
