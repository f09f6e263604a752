"""Pictures of 16 × 16 pixels, as they are."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 300)
    shapes = np.zeros((2, 16, 16))
    shapes[0, 5:11, 5:8], shapes[0, 5:11, 8:11] = 1, -1
    shapes[1] = shapes[0].T
    images = np.clip(128 + 40 * shapes[y] + 30 * random.normal(size=(300, 16, 16)), 1, 255).astype(np.uint8)
    return unstuck.audit(images, y, dir=path / "record").record
