"""Twenty validation rows."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 900)
    x = random.normal(size=(900, 6)) + y[:, None]
    x = (x - x[:700].mean(axis=0)) / x[:700].std(axis=0)
    held_out = slice(700, 720)
    return unstuck.audit(x[:700], y[:700], val=(x[held_out], y[held_out]), dir=path).record
