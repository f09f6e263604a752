"""Rows of 64 readings of a wave whose place is random: neighbours belong together."""

import numpy as np

import unstuck


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 600)
    time = np.linspace(0, 2 * np.pi, 64)
    phase = random.uniform(0, 2 * np.pi, (600, 1))
    x = np.sin((2 + 3 * y)[:, None] * time + phase) + random.normal(0, 0.3, (600, 64))
    return unstuck.audit(x, y, dir=path).record
