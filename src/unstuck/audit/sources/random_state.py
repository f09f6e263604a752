"""Leave the random numbers of the user's program as they are."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def own_random_state(seed: int, *generators: Any) -> Iterator[None]:
    """Seed the generators of Python, NumPy and torch, and afterwards set them back.

    Args:
        seed: of the audit.
        generators: of torch, such as that of a loader, which are set back, too.
    """
    torch: Any = sys.modules.get("torch")
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the state of the user's program
    own = None if torch is None else torch.get_rng_state()
    states = [(generator, generator.get_state()) for generator in generators if generator is not None]
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    if torch is not None:
        torch.random.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        if torch is not None:
            torch.set_rng_state(own)
        for generator, state in states:
            generator.set_state(state)
