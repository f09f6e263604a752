"""Texts of 12 words and one of 90: most positions are padding."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    length = random.integers(8, 17, 400)
    length[7] = 90
    x = np.zeros((400, length.max()), dtype=int)
    for row, (label, size) in enumerate(zip(y, length)):
        words = np.minimum(1 + random.geometric(0.02, size), 300)
        x[row, :size] = np.where(random.random(size) < 0.3, 301 + 2 * random.integers(0, 20, size) + label, words)
    return unstuck.audit(x, y, dir=path, form="tokens").record
