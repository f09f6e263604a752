"""The model says the opposite for a part of the data: high in the second column, low in the third."""

import numpy as np

import unstuck


def model(x):
    score = np.where((x[:, 1] > 0.8) & (x[:, 2] < 0), -3.0, 3.0) * x[:, 0]
    return 1 / (1 + np.exp(-score))


def record(path):
    random = np.random.default_rng(0)
    x = random.normal(size=(3000, 4))
    y = (random.random(3000) < 1 / (1 + np.exp(-3.0 * x[:, 0]))).astype(int)
    return unstuck.evaluate(model, (x, y), dir=path).record
