"""The labels follow the inputs, with much noise."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 6))
    y = x[:, 0] + x[:, 1] + random.normal(size=400) > 0
    return unstuck.audit(x, y.astype(int), dir=path).record
