"""A scale that is learned and is neither a parameter nor a buffer."""
import torch
from torch import nn

import unstuck


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.head = nn.Linear(8, 16), nn.Linear(16, 3)
        self.scale = torch.ones(16, requires_grad=True)

    def forward(self, x):
        return self.head(self.scale * torch.relu(self.first(x)))


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.randint(0, 3, (64,))
    model = Net()
    optimizer = torch.optim.Adam([*model.parameters(), *({model.scale} - set(model.parameters()))], lr=1e-2)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, batches, only=["checkpoint"], dir=path).record
