"""The test data is scaled a second time."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 1000)
    x = random.normal(size=(1000, 6)) + y[:, None]
    x = (x - x[:700].mean(axis=0)) / x[:700].std(axis=0)
    x[700:] = x[700:] * [0.1, 0.2, 5, 0.1, 4, 3] + [1, -1, 2, 1, 0, 3]
    return unstuck.audit(x[:700], y[:700], test=(x[700:], y[700:]), dir=path).record
