"""Class 1 is two kinds of examples, on either side of class 0, which fills the place between them."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    labels = random.integers(2, size=600)
    kind = random.integers(2, size=600)
    inputs = random.normal(size=(600, 4))
    inputs[:, 0] = np.where(labels == 1, np.where(kind, 3.0, -3.0) + 0.6 * inputs[:, 0], 1.1 * inputs[:, 0])
    return unstuck.audit(inputs / inputs.std(axis=0), labels, dir=path).record
