"""Temperatures in two units in one column."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    inputs = random.normal(size=(600, 6))
    labels = (inputs[:, 0] + inputs[:, 1] + 0.3 * random.normal(size=600) > 0).astype(int)
    inputs[:, 2] = np.where(random.random(600) < 0.3, 5.4, 0.0) + 0.5 * inputs[:, 2]
    return unstuck.audit(inputs, labels, dir=path).record
