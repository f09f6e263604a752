"""Sixty of 600 labels are wrong."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 600)
    x = random.normal(size=(600, 6)) + 2 * np.eye(3, 6)[y]
    wrong = random.choice(600, 60, replace=False)
    y[wrong] = (y[wrong] + random.integers(1, 3, 60)) % 3
    return unstuck.audit(x, y, dir=path).record
