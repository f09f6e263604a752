"""Labels as a target: classes, several classes at once, numbers, sequences, pictures.

Shapes: *n* examples, *k* targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unstuck.analysis.data.sample import Target
from unstuck.core.data_types import Task
from unstuck.core.vocabulary import CLASS_LOSSES, CROSS_ENTROPY_BINARY

Array = np.ndarray[Any, Any]

IGNORED = -100
"""label that PyTorch leaves out by default"""
MOST_CLASSES = 2_000
MOST_TARGETS = 50


def targets_of(labels: Sequence[Array | None], has: Sequence[Array], function: str | None) -> list[Target | None]:
    """The target of each split, all in the same classes; None for a split without labels.

    Args:
        labels: (n, …) of each split.
        has: (n,) which examples have one.
        function: canonical name of the loss function.
    """
    plain = _as_trained([None if one is None else _plain(one) for one in labels], has, function)
    given = [(one, there) for one, there in zip(plain, has, strict=True) if one is not None and there.any()]
    if not given:
        return [None] * len(labels)
    if all(_is_class(one[there], function) for one, there in given):
        return _classes(plain, has, function)
    return [None if one is None else _numbers(one, there, function) for one, there in zip(plain, has, strict=True)]


def _as_trained(labels: list[Array | None], has: Sequence[Array], function: str | None) -> list[Array | None]:
    """Held-out labels only where they are of the kind that was trained on: an evaluation may be of another loss."""
    first = labels[0] if labels else None
    if first is None or not has[0].any():
        return labels
    classes = _is_class(first[has[0]], function)
    return [
        one if one is None or (_is_class(one[there], function) if classes else one.ndim == first.ndim) else None
        for one, there in zip(labels, has, strict=True)
    ]  # fmt: skip


def _plain(labels: Array) -> Array:
    """(n, 1) as (n,)."""
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels


def _is_class(labels: Array, function: str | None) -> bool:
    """Whether each label is one class."""
    if labels.ndim == 2:
        return function in CLASS_LOSSES and bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all())
    if labels.ndim != 1:
        return False
    if function in CLASS_LOSSES or (function is None and labels.dtype.kind in "iub"):
        whole = labels.dtype.kind in "iub" or bool((labels == np.round(labels)).all())
        return whole and len(np.unique(labels)) <= MOST_CLASSES
    return function in CROSS_ENTROPY_BINARY and len(np.unique(labels)) <= 2


def _classes(labels: Sequence[Array | None], has: Sequence[Array], function: str | None) -> list[Target | None]:
    single = [None if one is None else one.argmax(axis=1) if one.ndim == 2 else one for one in labels]
    known = [one[there] for one, there in zip(single, has, strict=True) if one is not None]
    values = np.unique(np.concatenate([one.astype(np.float64) for one in known]))
    values = values[np.isfinite(values) & (values != IGNORED)]
    names = tuple(f"{value:g}" if value != round(value) else str(int(value)) for value in values)
    task = Task.BINARY if len(values) <= 2 else Task.MULTI_CLASS
    found: list[Target | None] = []
    for one, there in zip(single, has, strict=True):
        if one is None:
            found.append(None)
            continue
        at = np.minimum(np.searchsorted(values, one), max(0, len(values) - 1))
        good = there & (values[at] == one)
        given = one.astype(np.int64) if function in CROSS_ENTROPY_BINARY else one  # these want floats
        found.append(
            Target(names=("label",), task=task, classes=names, codes=np.where(good, at, -1), as_given=given)
        )
    return found


def _numbers(labels: Array, has: Array, function: str | None) -> Target | None:
    if labels.ndim == 2 and labels.dtype.kind in "iu":
        return Target(names=("label",), task=Task.SEQUENCE, as_given=labels)
    if labels.ndim > 2 or (labels.ndim == 2 and labels.shape[1] > MOST_TARGETS):
        return None
    values = (labels if labels.ndim == 2 else labels[:, None]).astype(np.float64)
    values = np.where(has[:, None], values, np.nan)
    width = values.shape[1]
    names = ("label",) if width == 1 else tuple(f"label {at}" for at in range(width))
    binary = function in CROSS_ENTROPY_BINARY and width > 1 and bool(np.isin(values[has], (0.0, 1.0)).all())
    if binary:
        classes = tuple(str(at) for at in range(width))
        return Target(names=names, task=Task.MULTI_LABEL, classes=classes, values=values, as_given=labels)
    if function in CLASS_LOSSES:
        return None
    return Target(names=names, task=Task.REGRESSION, values=values, as_given=labels)
