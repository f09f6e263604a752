"""Windows of one recording on both sides of a split: the same values in a row, at another place of the window.

Shapes: *n* training rows, *m* held-out rows, *d* numbers in each.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.row_hashes import mixed
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.data_types import ColumnType, Form
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.copies import Sameness, SharedExamples

LEAST_WIDTH = 24
"""numbers of an example"""
LEAST_RUN = 8
"""numbers that are equal in a row, and a quarter of the example"""
MOST_NUMBERS = 4_000_000
"""of the training rows that are searched"""
MOST_HELD_OUT = 1_000
DEALT = 0.2
"""share of the held-out rows, as of SPL101: windows were dealt out at random, and one end of them is enough"""
BASE = 0x9E3779B97F4A7C15
"""odd, so that it has an inverse modulo 2^64"""


def overlaps(train: Sample, held_out: Sample) -> SharedExamples | None:
    """Held-out rows whose beginning and end both stand in training rows, at another place; None where no rows are wide.

    Where a series is cut at a point in time, the first windows after it begin in the training data and do not end
    there. A run of values that occurs several times at one place belongs to a pattern that repeats, and says nothing.
    """
    names = [column.name for column in train.columns if column.type is ColumnType.NUMBER]
    if train.form is not Form.TABLE or len(names) < LEAST_WIDTH or len(names) != len(train.columns):
        return None
    random = np.random.default_rng(0)
    base = _some(len(train), MOST_NUMBERS // len(names), random)
    at = _some(len(held_out), MOST_HELD_OUT, random)
    theirs, mine = (
        np.stack([column.values[rows] for column in sample.columns], axis=1) + 0.0  # no -0
        for sample, rows in ((train, base), (held_out, at))
    )
    found, partner = shifted(theirs, mine)
    if found.mean() >= DEALT:
        found = partner >= 0  # windows at the ends of a recording, or beside others that are held out, are cut off too
    return SharedExamples(
        split=held_out.split, other=train.split, sameness=Sameness.SHIFTED, looked_at=len(at), count=int(found.sum()),
        rows=tuple(held_out.rows[at[found]][:MOST_ROWS].tolist()),
        other_rows=tuple(train.rows[base[partner[found]]][:MOST_ROWS].tolist()),
    )  # fmt: skip


def shifted(train: Array, held_out: Array) -> tuple[Array, Array]:
    """Which held-out rows (m,) begin and end in training rows, elsewhere; and a training row for each.

    Args:
        train: (n, d) float64.
        held_out: (m, d) float64.
    """
    width = train.shape[1]
    run = max(LEAST_RUN, width // 4)
    all_runs = _runs(train, run)
    places = all_runs.shape[1]
    mine = _runs(held_out, run)
    both, partner = np.ones(len(held_out), bool), np.full(len(held_out), -1)
    for place in (0, places - 1):
        values, where = np.unique(mine[:, place], return_inverse=True)
        spot = np.minimum(np.searchsorted(values, all_runs), len(values) - 1)
        row, at = np.nonzero(values[spot] == all_runs)
        query = spot[row, at]
        pairs = np.unique(query * places + at, return_counts=True)
        repeated = np.unique(pairs[0][pairs[1] > 1] // places)
        good = (at != place) & ~np.isin(query, repeated)
        first = np.full(len(values), -1)
        first[query[good]] = row[good]
        partner = np.where(first[where] >= 0, first[where], partner)
        part = held_out[:, place : place + run]
        varies = (np.diff(np.sort(part, axis=1), axis=1) > 0).sum(axis=1) + 1 >= run / 2
        both &= (first[where] >= 0) & varies
    return both, partner


def _runs(rows: Array, run: int) -> Array:
    """A hash of each run of so many numbers. (rows, places) uint64"""
    bits = mixed(np.ascontiguousarray(rows, np.float64).view(np.uint64))
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(rows.shape[1] + 1, BASE, np.uint64))
        inverse = np.cumprod(np.full(rows.shape[1] + 1, pow(BASE, -1, 2**64), np.uint64))
        total = np.zeros((len(rows), rows.shape[1] + 1), np.uint64)
        np.cumsum(bits * powers[:-1], axis=1, out=total[:, 1:])
        places = rows.shape[1] - run + 1
        return np.asarray((total[:, run:] - total[:, :places]) * inverse[:places])


def _some(count: int, most: int, random: np.random.Generator) -> Array:
    return np.arange(count) if count <= most else np.sort(random.choice(count, most, replace=False))
