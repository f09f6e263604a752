"""What a pair of twins declares, so that two runs of its script can be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SCRIPTS = Path(__file__).resolve().parent / "scripts"

Random = np.random.Generator
Rows = tuple[frozenset[int], ...]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is wrong in the files of the sick one, as far as it is a number or rows."""

    key: str = ""
    """of the evidence that holds the quantity; of ``a|b`` the first that is there"""
    value: float | None = None
    within: float = 0.3
    either_way: bool = False
    """the quantity is a ratio: its inverse says the same"""
    rows: Rows | None = None
    """true rows, in groups: of each group one listed row is enough, and no other row is right"""
    held_out: bool = False
    """it is about the held-out data"""


NOTHING = Truth()
Make = Callable[[Path, Random, bool], Truth]
"""Write the files into a folder; both twins are handed equal generators, the last argument: the sick one."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Two folders for one script."""

    name: str
    script: str
    code: str
    """of the rule that names the cause"""
    also: tuple[str, ...] = ()
    """codes that are an equally right name"""
    mild: bool
    make: Make
    half: int = 1
    """1: written before the rules, 2: after them, 3: by one who had not read them"""
    apart: str = ""
    """why it does not count: what a run cannot show"""


def singles(rows: Iterable[int]) -> Rows:
    """Rows that must all be listed."""
    return tuple(frozenset([int(row)]) for row in rows)


def some(random: Random, size: int, share: float) -> np.ndarray:
    """Positions, drawn at random, ascending."""
    return np.sort(random.choice(size, max(3, round(share * size)), replace=False))


def noise(rows: Iterable[int], size: int) -> Truth:
    """Wrong labels in these training rows."""
    rows = list(rows)
    return Truth(key="noise_share", value=len(rows) / size, within=0.35, rows=singles(rows))
