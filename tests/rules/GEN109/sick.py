"""Two of 100 examples are positive, and no score reaches 0.5: the accuracy is that of saying no."""

import numpy as np

import unstuck


def model(x):
    return 1 / (1 + np.exp(5.5 - 1.6 * x[:, 0]))


def record(path):
    random = np.random.default_rng(0)
    x = random.normal(size=(4000, 3))
    y = (random.random(4000) < model(x)).astype(int)
    return unstuck.evaluate(model, (x, y), dir=path).record
