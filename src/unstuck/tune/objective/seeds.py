"""The seeds of every random generator that a training may draw from."""

from __future__ import annotations

import random


def seed_all(seed: int) -> None:
    """Of Python, NumPy and torch."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the user's code may draw from it
    torch.manual_seed(seed)
