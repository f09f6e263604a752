"""The inputs are scaled by their own batch."""

import numpy as np

import unstuck


def model(x):
    scaled = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)
    return 1 / (1 + np.exp(-3 * scaled[:, 0]))


def record(path):
    random = np.random.default_rng(0)
    x = random.normal(5, 2, size=(1000, 3))
    y = (random.random(1000) < 1 / (1 + np.exp(-1.5 * (x[:, 0] - 5)))).astype(int)
    return unstuck.evaluate(model, (x, y), dir=path).record
