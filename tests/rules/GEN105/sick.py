"""The model knows the direction of bright bars; some held-out images are dark, and it is as sure of wrong answers."""

import numpy as np

import unstuck

DARK = 36


def model(x):
    right = np.sign(x[:, 0, 6:10].mean(axis=(1, 2)) - x[:, 0, :, 6:10].mean(axis=(1, 2)))
    lost = (x.max(axis=(1, 2, 3)) < 0.6) & (x[:, 0, 0, 0] * 1000 % 1 < 0.5)
    return 1 / (1 + np.exp(-6 * np.where(lost, -right, right)))


def bars(seed, dark):
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, 400)
    x = random.random((400, 1, 16, 16)) * 0.1
    for at in range(400):
        if y[at]:
            x[at, 0, 6:10] = random.uniform(0.8, 1.0)
        else:
            x[at, 0, :, 6:10] = random.uniform(0.8, 1.0)
    x[:dark] *= 0.35
    return x.astype(np.float32), y


def record(path):
    return unstuck.evaluate(model, bars(1, DARK), train=bars(0, 0), baselines=False, dir=path).record
