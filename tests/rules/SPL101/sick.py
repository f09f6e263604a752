"""A tenth of the test rows are copies of training rows."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 1000)
    x = random.normal(size=(1000, 6)) + y[:, None]
    train, test = slice(0, 700), slice(700, 1000)
    x[700:730] = x[:30]
    y[700:730] = y[:30]
    return unstuck.audit(x[train], y[train], test=(x[test], y[test]), dir=path).record
