"""Draws a diagnosis and figures: terminal, JSON, HTML, SARIF, Markdown, GitHub. It judges nothing."""

from __future__ import annotations

import random
from importlib import import_module


def _load_rich() -> None:
    """Importing rich draws a number from `random` (`rich.style`): in a notebook that is the user's own generator."""
    state = random.getstate()
    import_module("rich.style")
    random.setstate(state)


_load_rich()
