"""The network adds up all pixels with a large weight: many steps too small to see make a large one."""

import numpy as np
import torch

import unstuck


class Network(torch.nn.Module):
    def __init__(self, scale):
        super().__init__()
        signs = torch.where(torch.arange(16) < 8, -1.0, 1.0).reshape(1, 1, 16, 1).repeat(1, 1, 1, 16)
        self.weight = torch.nn.Parameter(scale * signs)

    def forward(self, x):
        score = (x * self.weight).sum((1, 2, 3))
        return torch.stack([-score, score], 1)


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    signs = np.where(np.arange(16) < 8, -1.0, 1.0).reshape(1, 16, 1)
    x = random.random((400, 1, 1, 1)) * 0.2 + 0.4 + STEP * signs * (2 * y - 1)[:, None, None, None] + np.zeros((1, 1, 1, 16))
    data = torch.utils.data.TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))
    return unstuck.evaluate(Network(4.0 / STEP / 256), data, dir=path).record


STEP = 0.0008
