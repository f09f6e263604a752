"""Held-out figures example by example: what a branch's last evaluation says of each, and pairs of the same examples.

Shapes: *n* examples.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from unstuck.analysis.ledger.outputs import said
from unstuck.analysis.ledger.splits import splits_of
from unstuck.analysis.ledger.visits import Ledger
from unstuck.core.outcome import TooLittle
from unstuck.experiment.score import SIGMAS, WORST, Score
from unstuck.record.ledger import entries

if TYPE_CHECKING:
    from unstuck.analysis.ledger.passed import Passed
    from unstuck.experiment.branch.branches import Branch

Array = np.ndarray[Any, Any]
EXAMPLES_FILE = "examples"
"""in a branch's directory: see `interventions.building_blocks.branch_ledger`"""
FEWEST = 10
"""held-out examples from which a figure says something"""
NORMAL = 1.96
"""standard errors of a 95 % interval over examples"""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Evaluated:
    """The last evaluation of one set of held-out examples."""

    name: str
    """of the held-out data, as findings have it"""
    rows: Array  # (n,) int64, ascending
    labels: Array  # (n, …)
    loss: Array  # (n,)
    right: Array | None  # (n,) bool; None where no classes are predicted
    outputs: Array  # (n, K)
    function: str | None
    """canonical name of the loss function"""

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, rows: Collection[int]) -> Array:
        """Which examples are not among these rows. (n,) bool"""
        return ~np.isin(self.rows, list(rows))


    def moved(self, lag: int) -> Evaluated:
        """The same with the labels of the rows that come ``lag`` later, where there are any."""
        if not lag:
            return self
        at = np.searchsorted(self.rows, self.rows + lag)
        known = (at < len(self.rows)) & (self.rows[np.minimum(at, len(self.rows) - 1)] == self.rows + lag)
        return judged(self.name, self.rows[known], self.labels[at[known]], self.outputs[known], self.function) or self


def in_step(control: Evaluated, treated: Evaluated, lag: int) -> tuple[Evaluated, Evaluated]:
    """Both by the labels as they are or moved by the lag: by those that the better network of the two fits better.

    A file that is out of step is so in what is held out of it, too; a sound one is not.
    """
    as_they_are, moved = (control, treated), (control.moved(lag), treated.moved(lag))
    return min(as_they_are, moved, key=lambda pair: min(float(one.loss.mean()) for one in pair))


class Examples(NamedTuple):
    """What a branch has said of its examples."""

    train_rows: Array
    train_labels: Array | None
    held_out: tuple[Evaluated, ...]

    def named(self, name: str) -> Evaluated | None:
        """The held-out data of that name; without one, the largest; the only one, whatever it is called."""
        if name and len(self.held_out) > 1:
            return next((one for one in self.held_out if one.name == name), None)
        return max(self.held_out, key=len, default=None)


def examples_of(branch: Branch) -> Examples | None:
    """Of a branch in which examples are followed; None where it has told nothing."""
    return _read(branch.directory / EXAMPLES_FILE)


@lru_cache(maxsize=64)
def _read(path: Path) -> Examples | None:
    try:
        splits = splits_of(Ledger.of(entries(path.read_bytes())))
    except (OSError, TooLittle, ValueError, KeyError):
        return None
    found = map(_evaluated, splits.names[1:], splits.held_out)
    return Examples(splits.train.rows, splits.train.labels, tuple(one for one in found if one is not None))


def _evaluated(name: str, one: Passed) -> Evaluated | None:
    if one.outputs is None or one.visit_labels is None or not one.located:
        return None
    last = one.visits.round == one.visits.round.max()
    example, at = np.unique(one.example[last], return_index=True)
    chosen = np.flatnonzero(last)[at]
    return judged(name, one.rows[example], one.visit_labels[chosen], one.outputs[chosen], one.function)


def judged(name: str, rows: Array, labels: Array, outputs: Array, function: str | None) -> Evaluated | None:
    """Loss and correctness of each example that has a label; None where outputs and labels do not say."""
    with np.errstate(all="ignore"):
        made = said(outputs, labels, function)
    if made.loss is None or not (known := np.isfinite(made.loss)).any():
        return None
    codes, right = labels.reshape(len(labels), -1), None
    if made.probabilities is not None and codes.shape[1] == 1:
        right = made.probabilities.argmax(axis=1) == codes[:, 0]
    return Evaluated(
        name=name, rows=rows[known], labels=labels[known], loss=made.loss[known],
        right=None if right is None else right[known], outputs=outputs[known], function=function,
    )  # fmt: skip


def same_data(one: Examples, other: Examples) -> bool:
    """Whether two branches without changes have the same examples in the same rows, as far as their labels tell."""
    names = {mine.name: mine for mine in one.held_out}
    return _alike(one.train_rows, one.train_labels, other.train_rows, other.train_labels) and all(
        theirs.name in names and _alike(names[theirs.name].rows, names[theirs.name].labels, theirs.rows, theirs.labels)
        for theirs in other.held_out
    )


def _alike(rows: Array, labels: Array | None, others: Array, other: Array | None) -> bool:
    both, at, of = np.intersect1d(rows, others, return_indices=True)
    if labels is None or other is None or not len(both):
        return labels is None and other is None
    return np.array_equal(labels[at].reshape(len(both), -1), other[of].reshape(len(both), -1))


class Figures(NamedTuple):
    """One figure of two sets of predictions, or of two sets of examples."""

    printed: float
    honest: float
    error: float
    """standard error of the difference over the examples"""
    examples: int


def between_branches(control: Evaluated, treated: Evaluated, left_out: Collection[int]) -> Mapping[str, Figures]:
    """Loss and accuracy in both branches, on the examples that both evaluated and that are not left out."""
    _, at, of = np.intersect1d(control.rows, treated.rows, return_indices=True)
    kept = control.without(left_out)[at]
    at, of = at[kept], of[kept]
    if len(at) < FEWEST:
        return {}
    found = {"loss": _paired(control.loss[at], treated.loss[of])}
    if control.right is not None and treated.right is not None:
        found["accuracy"] = _paired(control.right[at].astype(float), treated.right[of].astype(float))
    return found


def _paired(first: Array, second: Array) -> Figures:
    error = float(np.std(second - first, ddof=1)) / math.sqrt(len(first))
    return Figures(float(first.mean()), float(second.mean()), error, len(first))


def within_branch(one: Evaluated, left_out: Collection[int]) -> Mapping[str, Figures]:
    """Loss and accuracy of all examples, and of those that are not left out."""
    kept = one.without(left_out)
    if min(int(kept.sum()), len(one)) < FEWEST or kept.all():
        return {}
    found = {"loss": _part(one.loss, kept)}
    if one.right is not None:
        found["accuracy"] = _part(one.right.astype(float), kept)
    return found


def _part(values: Array, kept: Array) -> Figures:
    """The difference is the share of those left out times the difference of the groups' means."""
    rest, gone = values[kept], values[~kept]
    share = len(gone) / len(values)
    spread = float(np.std(values, ddof=1)) if len(gone) < 2 else 0.0
    of_gone = spread or float(np.std(gone, ddof=1))
    error = share * math.hypot(float(np.std(rest, ddof=1)) / math.sqrt(len(rest)), of_gone / math.sqrt(len(gone)))
    return Figures(float(values.mean()), float(rest.mean()), error, len(rest))


def as_scores(figures: Figures, score: Score, pairs: int) -> tuple[Score, Score] | None:
    """A loss as shares of the baseline loss that were learned; None where there is no baseline.

    The error of the difference is that of the second; the same examples are in all pairs, so it does not shrink with
    their number. `effect_of` takes `SIGMAS` standard errors, of which a 95 % interval has `NORMAL`.
    """
    if not math.isfinite(score.reference) or score.reference <= 0:
        return None
    shares = [_share(value, score.reference) for value in (figures.printed, figures.honest)]
    noise = figures.error / score.reference * math.sqrt(pairs) * NORMAL / SIGMAS
    made = [
        Score(learned=learned, noise=noise if second else 0.0, reference=score.reference, verdict=score.verdict,
              steps=score.steps)
        for second, learned in enumerate(shares)
    ]  # fmt: skip
    return made[0], made[1]


def _share(loss: float, reference: float) -> float:
    return min(1.0, max(WORST, 1.0 - loss / reference)) if math.isfinite(loss) else WORST
