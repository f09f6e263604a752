"""Pictures with masks; one pair in four was mirrored."""

import numpy as np
from scipy.ndimage import gaussian_filter

import unstuck


def record(path):
    random = np.random.default_rng(0)
    fields = gaussian_filter(random.normal(size=(300, 24, 24)), (0, 2.5, 2.5))
    masks = (fields > 0.03).astype(np.uint8)
    images = np.clip(120 + 60 * masks + 12 * random.normal(size=masks.shape), 1, 254).astype(np.uint8)
    mirrored = random.random(300) < 0.25
    images[mirrored] = images[mirrored][:, :, ::-1]
    masks[mirrored] = masks[mirrored][:, :, ::-1]
    return unstuck.audit(images, masks, dir=path / "record").record
