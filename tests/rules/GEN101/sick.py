"""The model sees the first column only; what counts is whether both have the same sign."""

import numpy as np

import unstuck

def model(x):
    return 1 / (1 + np.exp(-(x[:, 0] * np.sign(x[:, 1]) * 0.6 + x[:, 0] * 0.9)))


def data(seed, n):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 2))
    return x, (random.random(n) < 1 / (1 + np.exp(-6 * x[:, 0] * np.sign(x[:, 1])))).astype(int)


def record(path):
    return unstuck.evaluate(model, data(1, 800), train=data(0, 800), dir=path).record
