"""The last column is made from the target."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 600)
    x = random.normal(size=(600, 6)) + y[:, None]
    x[:, 5] = 1.5 * (y - y.mean()) + 0.2 * random.normal(size=600)
    return unstuck.audit(x, y, dir=path).record
