"""Which numbers about an example a random transform leaves as they are: a flip keeps brightness, colour, sharpness.

Told by examples whose inputs were seen twice. What a transform keeps can be compared with held-out data that it does
not change, and says something about the example itself.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.compared_columns import described
from unstuck.analysis.data.sample import Array, DataSet, Sample
from unstuck.analysis.fact import fact

LEAST = 60
"""examples that were seen twice"""
ALIKE = 0.02
"""of the spread over the examples: so little a number may change from one visit to the next"""
NEARLY_ALL = 0.98
"""of the examples; a transform that is applied to fewer moves no distribution by a tenth"""


@fact
def kept_statistics(sample: Sample) -> frozenset[str] | None:
    """Names of the columns of `described` that are kept; None where no random transform is at work, () if unknown."""
    if not sample.augmented:
        return None
    again = sample.second
    if again is None or len(again) < LEAST:
        return frozenset()
    at = np.searchsorted(sample.rows, again.rows)
    later = {column.name: column.values for column in described(again)}
    return frozenset(
        column.name for column in described(sample)
        if column.name in later and column.values.dtype != object
        and _same(column.values[at], later[column.name], column.values)
    )  # fmt: skip


def _same(first: Array, second: Array, every: Array) -> bool:
    """Whether (nearly) all examples have the same number at both visits."""
    spread = float(np.nanstd(every))
    with np.errstate(invalid="ignore"):
        alike = (np.abs(first - second) <= ALIKE * spread) | (np.isnan(first) & np.isnan(second))
    return bool(alike.mean() >= NEARLY_ALL)


def comparable_statistics(dataset: DataSet, number: int) -> frozenset[str] | None:
    """What can be compared between training data and a held-out split; None: everything."""
    kept = [kept_statistics(dataset.samples[at]) for at in (0, number)]
    known = [one for one in kept if one is not None]
    return frozenset.intersection(*known) if known else None
