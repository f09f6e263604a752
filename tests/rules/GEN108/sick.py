"""Two stages: one measures a length, poorly; one says whether it is more than 0, and is right."""

import numpy as np
import torch

import unstuck

NOISE = 1.0


class Composed(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.measure = torch.nn.Linear(2, 1, bias=False)
        self.decide = torch.nn.Linear(1, 2, bias=False)
        with torch.no_grad():
            self.measure.weight.copy_(torch.tensor([[1.0, NOISE]]))
            self.decide.weight.copy_(torch.tensor([[-2.0], [2.0]]))

    def forward(self, x):
        return self.decide(self.measure(x))


def record(path):
    x = np.random.default_rng(0).normal(size=(190, 2)).astype(np.float32)
    right = x[:, :1]
    y = (right[:, 0] > 0).astype(int)
    return unstuck.evaluate(
        Composed(), (x, y), stages=["measure", "decide"], stage_truth={"measure": right}, dir=path
    ).record
