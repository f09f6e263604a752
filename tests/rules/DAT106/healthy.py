"""Two kinds of pictures, all of them whole."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    shapes = np.zeros((2, 16, 16))
    shapes[0, 4:12, 4:8], shapes[0, 4:12, 8:12] = 1, -1
    shapes[1] = shapes[0].T
    images = np.clip(128 + 40 * shapes[y] + 30 * random.normal(size=(400, 16, 16)), 1, 255).astype(np.uint8)
    return unstuck.audit(images, y, dir=path / "record").record
