"""Equal inputs under different labels.

Shapes: *n* examples, *k* targets.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.labels import ConflictingLabels

DIFFERENT = 0.1
"""of the standard deviation of the target: smaller differences are rounding, or noise of a measurement"""


def conflicting_labels(split: int, groups: Array, codes: Array, rows: Array) -> ConflictingLabels:
    """Examples whose label is not that of most examples with the same input.

    Args:
        split: id of the split.
        groups: (n,) the same number for equal inputs.
        codes: (n,) classes, -1 where the label is missing.
        rows: (n,) positions in the split.
    """
    labelled = np.nonzero(codes >= 0)[0]
    if not len(labelled):
        raise TooLittle("examples with a label")
    of, mine = _numbers(groups[labelled]), codes[labelled]
    size = np.bincount(of)
    pair, cell = np.unique(of * (int(mine.max()) + 1) + mine, return_inverse=True)
    count = np.bincount(cell.reshape(-1))
    group_of_cell = pair // (int(mine.max()) + 1)
    most = np.zeros(len(size), dtype=np.int64)
    np.maximum.at(most, group_of_cell, count)
    same = count[cell.reshape(-1)]
    conflict = (np.bincount(group_of_cell, minlength=len(size)) > 1)[of]
    concerned = np.nonzero(conflict & (2 * same <= size[of]))[0]
    differ = np.bincount(of[conflict], minlength=len(size)) > 0
    order = concerned[np.argsort((same / size[of])[concerned], kind="stable")][:MOST_ROWS]
    return ConflictingLabels(
        split=split, looked_at=len(labelled), repeated=int((size > 1).sum()),
        conflicting=int(differ.sum()), concerned=len(concerned), lost=int((size - most).sum()),
        members=int(conflict.sum()),
        rows=tuple(int(row) for row in rows[labelled[order]]),
        other_rows=tuple(int(row) for row in rows[labelled[_partners(of, mine, order)]]),
    )  # fmt: skip


def conflicting_targets(split: int, groups: Array, values: Array, rows: Array) -> ConflictingLabels:
    """Examples whose number differs from that of an equal input.

    Args:
        split: id of the split.
        groups: (n,) the same number for equal inputs.
        values: (n, k) targets, NaN where missing.
        rows: (n,) positions in the split.
    """
    labelled = np.nonzero(np.isfinite(values).all(axis=1))[0]
    if len(labelled) < 2:
        raise TooLittle("examples with a target")
    of, mine = _numbers(groups[labelled]), values[labelled]
    spread = np.where(mine.std(axis=0) > 0, mine.std(axis=0), 1.0)
    size = np.bincount(of)
    high = np.full((len(size), mine.shape[1]), -np.inf)
    low = np.full((len(size), mine.shape[1]), np.inf)
    np.maximum.at(high, of, mine)
    np.minimum.at(low, of, mine)
    apart = ((high - low) / spread).max(axis=1)
    concerned = np.nonzero(apart[of] > DIFFERENT)[0]
    order = concerned[np.argsort(-apart[of][concerned], kind="stable")][:MOST_ROWS]
    return ConflictingLabels(
        split=split, looked_at=len(labelled), repeated=int((size > 1).sum()),
        conflicting=int((apart > DIFFERENT).sum()), concerned=len(concerned),
        lost=int((size - 1)[apart > DIFFERENT].sum()), members=len(concerned),
        difference=float(apart[size > 1].mean()) if (size > 1).any() else None,
        rows=tuple(int(row) for row in rows[labelled[order]]),
        other_rows=tuple(int(row) for row in rows[labelled[_farthest(of, mine / spread, order)]]),
    )  # fmt: skip


def _numbers(groups: Array) -> Array:
    return np.asarray(np.unique(groups, return_inverse=True)[1]).reshape(-1)


def _members(of: Array, wanted: Array) -> dict[int, Array]:
    """The examples of each group that one of the wanted examples is in."""
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.unique(of[wanted]))
    stops = np.searchsorted(of[order], np.unique(of[wanted]), side="right")
    return {int(of[order[at]]): order[at:to] for at, to in zip(starts, stops, strict=True)}


def _partners(of: Array, mine: Array, wanted: Array) -> Array:
    """For each example one of its equals with another label."""
    members = _members(of, wanted)
    found = [next(two for two in members[int(of[one])] if mine[two] != mine[one]) for one in wanted]
    return np.array(found, dtype=np.int64)


def _farthest(of: Array, mine: Array, wanted: Array) -> Array:
    """For each example the one of its equals whose target is farthest away."""
    members = _members(of, wanted)
    found = [
        members[int(of[one])][int(np.abs(mine[members[int(of[one])]] - mine[one]).max(axis=1).argmax())]
        for one in wanted
    ]
    return np.array(found, dtype=np.int64)
