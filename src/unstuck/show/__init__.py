"""What the user sees: figures as values, and what draws them as text, JSON, SVG and HTML."""

from __future__ import annotations

import random
from importlib import import_module


def _load_rich() -> None:
    """Importing rich draws a number from `random` (`rich.style`): in a notebook that is the user's own generator."""
    state = random.getstate()
    import_module("rich.style")
    random.setstate(state)


_load_rich()
