"""What is kept of a column that is too long to keep: a random sample of its values, and how many are different.

Both merge, and neither depends on how the column was cut into blocks beyond chance. Random numbers come from the
values themselves, so that the same data gives the same sketch.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array

DISTINCT_HASHES = 16_384
"""hashes that are kept; the standard error of the number of distinct values is 1 / √16,384 = 0.8 %"""


class Drawn(NamedTuple):
    """Values of a column, each with a random priority: the lowest priorities are a uniform random sample."""

    values: Array  # (k,)
    priorities: Array  # (k,) float64 in 0 … 1


def drawn(values: Array, most: int, below: float = 1.0) -> Drawn:
    """At most ``most`` of the values, those with the lowest priorities, and with none above ``below``."""
    random = np.random.default_rng((len(values), zlib.crc32(np.ascontiguousarray(values).data)))
    priorities = random.random(len(values))
    keep = priorities <= below
    return lowest(Drawn(values[keep], priorities[keep]), most)


def lowest(sample: Drawn, most: int) -> Drawn:
    """At most ``most`` of a sample."""
    if len(sample.values) <= most:
        return sample
    keep = np.argpartition(sample.priorities, most - 1)[:most]
    return Drawn(sample.values[keep], sample.priorities[keep])


def joined(a: Drawn, b: Drawn, most: int) -> Drawn:
    """A sample of what both are samples of."""
    return lowest(Drawn(np.concatenate([a.values, b.values]), np.concatenate([a.priorities, b.priorities])), most)


def hashes(values: Array) -> Array:
    """The lowest different 64-bit hashes of numbers, at most `DISTINCT_HASHES`."""
    whole = values.astype(np.float64) + 0.0  # −0 is 0
    bits = whole.view(np.uint64)
    with np.errstate(over="ignore"):  # splitmix64
        bits = bits + np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return _lowest_hashes(bits ^ (bits >> np.uint64(31)))


def hashes_of_text(values: Iterable[str]) -> Array:
    """The lowest different 64-bit hashes of texts, at most `DISTINCT_HASHES`."""
    found = [int.from_bytes(blake2b(value.encode("utf-8", "replace"), digest_size=8).digest()) for value in values]
    return _lowest_hashes(np.array(found, dtype=np.uint64))


def joined_hashes(a: Array, b: Array) -> Array:
    """The lowest hashes of what both are of."""
    return _lowest_hashes(np.concatenate([a, b]))


def _lowest_hashes(found: Array) -> Array:
    ordered = np.sort(found)  # `np.unique` builds a table of all hashes first: ten times slower
    lowest_first: Array = ordered[np.concatenate([np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1]])]
    return lowest_first[:DISTINCT_HASHES]


def distinct(kept: Array) -> int:
    """How many different values these hashes stand for (Bar-Yossef et al. 2002); exact below `DISTINCT_HASHES`."""
    if len(kept) < DISTINCT_HASHES:
        return len(kept)
    return round((DISTINCT_HASHES - 1) / (float(kept[-1]) / 2.0**64))
