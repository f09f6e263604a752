"""What the network said of each example, epoch by epoch, while it was trained.

Shapes: *n* examples, *v* visits, *K* classes, *e* epochs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.ledger.outputs import said
from unstuck.record.events.data.passed import ExampleDynamics

if TYPE_CHECKING:
    from unstuck.analysis.data.sample import Target
    from unstuck.analysis.ledger.passed import Passed

Array = np.ndarray[Any, Any]

MOST_EPOCHS = 15
MOST_KEPT = 15_000
"""examples whose course is written to the record"""
MOST_NUMBERS = 40_000_000
"""examples × classes × epochs"""


def visit_probabilities(passed: Passed, target: Target) -> Array | None:
    """Of the classes of the target, at each visit; None where the outputs are no probabilities of classes. (v, K)"""
    if passed.outputs is None or passed.visit_labels is None or target.codes is None:
        return None
    found = said(passed.outputs, passed.visit_labels, passed.function).probabilities
    columns = class_columns(target)
    if found is None or columns is None or columns.max(initial=0) >= found.shape[1]:
        return None
    return np.asarray(found[:, columns], dtype=np.float32)


def class_columns(target: Target) -> Array | None:
    """The output that belongs to each class; None where the names of the classes are no numbers of outputs."""
    if not target.classes or not all(name.isdecimal() for name in target.classes):
        return None
    return np.array([int(name) for name in target.classes])


def by_epoch(passed: Passed, target: Target, at: Array) -> tuple[Array, ...]:
    """Probabilities of the classes in each of the first epochs, NaN where an example was not seen. (e) × (n, K)

    Args:
        passed: training data.
        target: of the examples ``at``.
        at: (n,) numbers of the examples.
    """
    probabilities = visit_probabilities(passed, target)
    if probabilities is None:
        return ()
    number = np.full(len(passed), -1)
    number[at] = np.arange(len(at))
    mine, epoch = number[passed.example], passed.epoch
    most = min(MOST_EPOCHS, max(1, MOST_NUMBERS // max(1, len(at) * probabilities.shape[1])))
    found = []
    for one in range(min(most, int(epoch.max(initial=-1)) + 1)):
        chosen = (mine >= 0) & (epoch == one) & np.isfinite(probabilities).all(axis=1)
        values = np.full((len(at), probabilities.shape[1]), np.nan, np.float32)
        values[mine[chosen]] = probabilities[chosen]
        found.append(values)
    return tuple(found)


def dynamics(passed: Passed, target: Target, at: Array, rows: Array) -> ExampleDynamics | None:
    """Over all visits; None where no classes are predicted.

    Args:
        passed: training data.
        target: of the examples ``at``.
        at: (n,) numbers of the examples.
        rows: (n,) their positions.
    """
    probabilities = visit_probabilities(passed, target)
    if probabilities is None or target.codes is None:
        return None
    number = np.full(len(passed), -1)
    number[at] = np.arange(len(at))
    mine = number[passed.example]
    code = np.where(mine >= 0, target.codes[np.maximum(mine, 0)], -1)
    good = (code >= 0) & np.isfinite(probabilities).all(axis=1)
    mine, code, probabilities = mine[good], code[good], probabilities[good]
    own = probabilities[np.arange(len(code)), code]
    visits = np.bincount(mine, minlength=len(at))
    mean = np.bincount(mine, own, minlength=len(at)) / np.maximum(visits, 1)
    square = np.bincount(mine, own.astype(np.float64) ** 2, minlength=len(at)) / np.maximum(visits, 1)
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    right = np.bincount(mine, probabilities.argmax(axis=1) == code, minlength=len(at))
    kept = np.flatnonzero(visits > 0)[:MOST_KEPT]
    return ExampleDynamics(
        split=0, positions=tuple(rows[kept].tolist()), labels=tuple(target.codes[kept].tolist()),
        probability=tuple(mean[kept].round(3).tolist()), right=tuple(right[kept].astype(int).tolist()),
        visits=tuple(visits[kept].tolist()), spread=tuple(spread[kept].round(3).tolist()),
    )  # fmt: skip
