"""What has been computed, unit by unit, on disk: a fit that was killed goes on from the last finished unit."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

UNITS = "units"


class Journal:
    """The units of one fit. A unit depends on the plan, the seed and earlier units only, never on the time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / UNITS
        self.made = 0
        """units that were computed now"""
        self.found = 0
        """units that were there already"""

    def unit(self, key: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """What was computed under this key, or is now.

        Args:
            key: name of the unit.
            make: computes it: numbers, texts, tensors, and lists and dictionaries of these.
        """
        import torch

        path = self.folder / f"{re.sub(r'[^A-Za-z0-9._=-]+', '-', key)}.pt"
        if path.exists():
            self.found += 1
        else:
            made = dict(make())
            self.folder.mkdir(parents=True, exist_ok=True)
            scratch = path.with_name(f".{path.name}.{os.getpid()}")
            torch.save(made, scratch)
            scratch.replace(path)
            self.made += 1
        kept: dict[str, Any] = torch.load(path, weights_only=True)  # the same value whether it was there or not
        return kept
