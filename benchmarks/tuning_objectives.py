"""What `tuning.py` searches: regrets on the unit cube, and a small network."""

from __future__ import annotations

import math

import numpy as np

BRANIN_LEAST = 0.39788735772973816
HARTMANN_LEAST = -3.32236801141551
HARTMANN_A = np.array([
    [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
])  # fmt: skip
HARTMANN_C = np.array([1.0, 1.2, 3.0, 3.2])
HARTMANN_P = 1e-4 * np.array([
    [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
])  # fmt: skip


def branin(u):
    """Regret at a point of the unit square."""
    x, y = 15 * u[0] - 5, 15 * u[1]
    curve = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return curve + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - BRANIN_LEAST


def hartmann(u):
    """Regret at a point of the unit cube."""
    squares = (HARTMANN_A * (np.asarray(u) - HARTMANN_P) ** 2).sum(1)
    return -float((HARTMANN_C * np.exp(-squares)).sum()) - HARTMANN_LEAST


class Digits:
    """A small network on scikit-learn's digits: the held-out loss by five hyper-parameters."""

    def __init__(self):
        import torch
        from sklearn.datasets import load_digits

        torch.set_num_threads(1)
        x, y = load_digits(return_X_y=True)
        order = np.random.default_rng(0).permutation(len(x))
        x, y = torch.tensor(x[order] / 16, dtype=torch.float32), torch.tensor(y[order])
        self.data = x[:500], y[:500], x[500:1000], y[500:1000]

    def __call__(self, u, seed=0):
        import torch
        from torch import nn
        from torch.nn import functional

        rate, width, drop = 10 ** (-4 + 4 * u[0]), round(8 * 16 ** u[1]), 0.6 * u[2]
        decay, batch = 10 ** (-6 + 5 * u[3]), round(8 * 16 ** u[4])
        x, y, held_x, held_y = self.data
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Dropout(drop), nn.Linear(width, 10))
        optimizer = torch.optim.Adam(net.parameters(), lr=rate, weight_decay=decay)
        for _ in range(8):
            order = torch.randperm(len(x))
            for at in range(0, len(x), batch):
                chosen = order[at : at + batch]
                optimizer.zero_grad()
                functional.cross_entropy(net(x[chosen]), y[chosen]).backward()
                optimizer.step()
        net.eval()
        with torch.no_grad():
            return float(functional.cross_entropy(net(held_x), held_y))
