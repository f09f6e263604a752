"""Coloured pictures, stored as (n, height, width, 3) and transposed to (n, 3, height, width)."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    down, across = np.mgrid[-1:1:16j, -1:1:16j]
    slopes = random.normal(size=(2, 400, 1, 1, 1))
    tint = random.normal(size=(400, 1, 1, 3))
    images = 128 + 25 * tint + 20 * (slopes[0] * down[..., None] + slopes[1] * across[..., None])
    images = np.clip(images + 5 * random.normal(size=images.shape), 1, 254).astype(np.uint8)
    images = images.transpose(0, 3, 1, 2)
    return unstuck.audit(images, dir=path / "record").record
