"""The logits are four times as large as they should be: 0.99 where 0.76 is right."""

import numpy as np

import unstuck


def model(x):
    return 1 / (1 + np.exp(-4 * 1.5 * x[:, 0]))


def record(path):
    random = np.random.default_rng(0)
    x = random.normal(size=(1500, 3))
    y = (random.random(1500) < 1 / (1 + np.exp(-1.5 * x[:, 0]))).astype(int)
    return unstuck.evaluate(model, (x, y), dir=path).record
