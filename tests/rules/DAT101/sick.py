"""One of two classes has 94 % of the rows."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = np.arange(1000) < 60
    x = random.normal(size=(1000, 6)) + 2 * y[:, None]
    rows = random.permutation(1000)
    return unstuck.audit(x[rows], y[rows].astype(int), dir=path).record
