"""The labels are coin tosses."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 6))
    return unstuck.audit(x, random.integers(0, 2, 400), dir=path).record
