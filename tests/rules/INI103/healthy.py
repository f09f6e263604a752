"""The same with a random hidden layer; the last one begins at zero, which is fine."""
import torch
from torch import nn

import unstuck


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.randint(0, 3, (64,))
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))
    nn.init.xavier_normal_(model[0].weight)
    nn.init.zeros_(model[2].weight)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, batches, only=["layers"], dir=path).record
