"""The square, with a backward that has lost its factor 2."""
import torch
from torch import nn

import unstuck


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.head = nn.Linear(8, 16), nn.Linear(16, 3)

    def forward(self, x):
        return self.head(Square.apply(self.first(x)))


def record(path):
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.randint(0, 3, (64,))
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    return unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, batches, only=["gradients"], dir=path).record
