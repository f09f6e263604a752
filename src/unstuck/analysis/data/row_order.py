"""Whether the order of the examples carries the label."""

from __future__ import annotations

import math
from pathlib import PurePath

import numpy as np

from unstuck.analysis.data.sample import Array, Sample
from unstuck.analysis.data.shift import two_samples
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.order import RowOrder

LEAST = 30
"""examples with a label"""
TAIL = 0.2
"""of the file: what is often held out"""
EXPECTED = 5
"""examples of a class in the tail, at random: with fewer it may lack the class by chance"""


def row_order(sample: Sample) -> RowOrder:
    """The labels in their order.

    Raises:
        TooLittle: there are no labels of one column, or too few.
    """
    target = sample.target
    if target is not None and target.codes is not None:
        known = target.codes >= 0
        if known.sum() >= LEAST:
            return _classes(sample, target.codes[known], target.classes)
    elif target is not None and target.values is not None and target.values.shape[1] == 1:
        values = target.values[np.isfinite(target.values[:, 0]), 0]
        if len(values) >= LEAST:
            return _numbers(sample, values)
    raise TooLittle(f"{LEAST} examples with a label")


def _classes(sample: Sample, codes: Array, classes: tuple[str, ...]) -> RowOrder:
    counts = np.bincount(codes, minlength=len(classes)).astype(float)
    alike, by_chance, error = agreement(codes, counts)
    start = len(codes) - max(1, round(TAIL * len(codes)))
    tail, rest = (np.bincount(part, minlength=len(classes)) for part in (codes[start:], codes[:start]))
    absent = [name for name, there, all_of in zip(classes, tail, counts, strict=True)
              if not there and TAIL * all_of >= EXPECTED]  # fmt: skip
    return RowOrder(
        split=sample.split, looked_at=len(codes), z=(alike - by_chance) / error if error else 0.0,
        excess=(alike - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0, alike=alike, by_chance=by_chance,
        tail=float(np.abs(tail / tail.sum() - rest / rest.sum()).sum() / 2), absent=tuple(absent),
        classes=int((counts > 0).sum()), by_folder=_by_folder(sample), by_time=_by_time(sample),
    )  # fmt: skip


def agreement(codes: Array, counts: Array) -> tuple[float, float, float]:
    """Share of neighbours with equal labels, its mean in a random order, and its standard error there.

    For two classes this is the runs test of Wald and Wolfowitz.
    """
    number, pairs = len(codes), len(codes) - 1
    shares = counts / number
    two, three = float((shares**2).sum()), float((shares**3).sum())
    by_chance = float((counts * (counts - 1)).sum() / (number * (number - 1)))
    return float((codes[1:] == codes[:-1]).mean()), by_chance, math.sqrt(max(0.0, two - 2 * three + two**2) / pairs)


def _numbers(sample: Sample, values: Array) -> RowOrder:
    from scipy.stats import rankdata

    ranks = rankdata(values)
    away = ranks - ranks.mean()
    size = float(away @ away)
    correlation = float(away[1:] @ away[:-1]) / size if size else 0.0
    start = len(values) - max(1, round(TAIL * len(values)))
    return RowOrder(
        split=sample.split, looked_at=len(values), z=correlation * math.sqrt(len(values)), excess=correlation,
        tail=two_samples(values[:start], values[start:])[0], by_time=_by_time(sample),
    )  # fmt: skip


def _by_time(sample: Sample) -> bool:
    if sample.times is None:
        return False
    times = sample.times[np.isfinite(sample.times)]
    return len(times) > 1 and bool((np.diff(times) >= 0).mean() > 0.99)


def _by_folder(sample: Sample) -> bool:
    """Whether the files of each folder have one class: then their order is that of the folders."""
    paths = sample.names if sample.images is None else sample.images.paths
    codes = sample.codes
    if not paths or codes is None:
        return False
    folders: dict[str, int] = {}
    for path, code in zip(paths, codes, strict=True):
        if folders.setdefault(str(PurePath(path).parent), int(code)) != code:
            return False
    return len(folders) > 1
