"""Class 1 is two kinds of examples that run into each other."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    labels = random.integers(2, size=600)
    kind = random.integers(2, size=600)
    inputs = random.normal(size=(600, 4))
    inputs[:, 0] = np.where(labels == 1, np.where(kind, 3.0, -0.5) + 1.1 * inputs[:, 0], 0.8 * inputs[:, 0] - 2)
    return unstuck.audit(inputs / inputs.std(axis=0), labels, dir=path).record
