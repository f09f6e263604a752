"""How well nuisances predict the label.

Shapes: *n* examples, *k* numbers, *K* classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from unstuck.analysis.data.image_statistics import image_statistics
from unstuck.analysis.data.nuisances import Known, nuisances
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.data_types import Task
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.shortcuts import Shortcut

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

MOST_EXAMPLES = 4000
"""drawn at random"""
LEAST_EXAMPLES = 60
LEAST_OF_A_CLASS = 10
FOLDS = 3
PERMUTATIONS = 5
VALUES = 32
"""levels of brightness"""
NEAR = 2
"""levels from the background that still count as background"""
ASK_CHANCE = 0.3
"""Matthews correlation from which on permuted labels are tried"""


class Labels(NamedTuple):
    """Labels as classes; numbers to predict are below or above their median."""

    codes: Array  # (n,) -1 where missing
    names: tuple[str, ...]


class Scores(NamedTuple):
    """How well one class is predicted."""

    correlation: float
    recall: float
    precision: float


def labels_of(sample: Sample) -> Labels | None:
    """The labels of a sample as classes; None where it has none, or several."""
    target = sample.target
    if target is None:
        return None
    if target.codes is not None:
        return Labels(target.codes, target.classes)
    if target.task is not Task.REGRESSION or target.values is None or target.values.shape[1] != 1:
        return None
    values = target.values[:, 0]
    middle = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
    codes = np.where(np.isfinite(values), (values > middle).astype(int), -1)
    return Labels(codes, (f"at most {middle:.4g}", f"above {middle:.4g}"))


def shortcuts(sample: Sample) -> Iterator[Shortcut]:
    """One event for each nuisance that the sample has.

    Raises:
        TooLittle: no label, or too few examples with one.
    """
    labels = labels_of(sample)
    if labels is None:
        raise TooLittle("a label for each example")
    random = np.random.default_rng(0)
    at = np.nonzero((labels.codes >= 0) & _readable(sample))[0]
    if len(at) > MOST_EXAMPLES:
        at = np.sort(random.choice(at, MOST_EXAMPLES, replace=False))
    codes, counts = labels.codes[at], np.bincount(labels.codes[at], minlength=1)
    at = at[counts[codes] >= LEAST_OF_A_CLASS]
    codes = labels.codes[at]
    if len(at) < LEAST_EXAMPLES or len(np.unique(codes)) < 2:
        raise TooLittle(f"{LEAST_EXAMPLES} examples of two classes with at least {LEAST_OF_A_CLASS} each")
    for known in nuisances(sample):
        yield _judged(sample, known, at, codes, labels.names)


def _readable(sample: Sample) -> Array:
    """Which examples can be read: what cannot has no nuisance."""
    return np.ones(len(sample), bool) if sample.images is None else image_statistics(sample.images).readable


def _judged(sample: Sample, known: Known, at: Array, codes: Array, names: tuple[str, ...]) -> Shortcut:
    values = filled(known.values[at])
    predicted = out_of_fold(values, codes, known.cuts)
    scores = {code: class_scores(predicted == code, codes == code) for code in np.unique(codes).tolist()}
    best = max(scores, key=lambda code: (scores[code].correlation, -code))
    chance = control = contrast = constant = None
    if scores[best].correlation >= ASK_CHANCE:
        best, constant = _with_mark(known, at, predicted, codes, best)
        random = np.random.default_rng(1)
        permuted = [random.permutation(codes) for _ in range(PERMUTATIONS)]
        chance = max(float(np.mean(out_of_fold(values, other, known.cuts) == other)) for other in permuted)
        control, contrast = (
            None if beside is None else _correlation(beside[at], codes, best, known.cuts)
            for beside in (known.control, known.contrast)
        )
    right = at[(predicted == best) & (codes == best)]
    return Shortcut(
        split=sample.split, nuisance=known.nuisance, column=known.column, looked_at=len(at),
        accuracy=float(np.mean(predicted == codes)), majority_share=float(np.bincount(codes).max() / len(codes)),
        null_accuracy=chance, label=names[best] if best < len(names) else str(best),
        of_class=int(np.sum(codes == best)), correlation=scores[best].correlation, recall=scores[best].recall,
        precision=scores[best].precision, control=control, contrast=contrast, constant=constant,
        rows=tuple(int(row) for row in sample.rows[right][:MOST_ROWS]) if chance is not None else (),
    )  # fmt: skip


def _with_mark(known: Known, at: Array, predicted: Array, codes: Array, best: int) -> tuple[int, float | None]:
    """The class that is predicted best, and how constant the mark in it is.

    Of two classes both are predicted equally well: it is that with the mark, not that without it.
    """
    if known.places is None:
        return best, None
    two = np.unique(codes).tolist()
    constants = {
        code: one_value(known.places[at], (predicted == code) & (codes == code), known.background, known.all_places)
        for code in (two if len(two) == 2 else [best])
    }
    best = max(constants, key=lambda code: (constants[code], -code))
    return best, constants[best]


def one_value(places: Array, hits: Array, background: float, all_places: bool = False) -> float:
    """The largest share of the hits that hold one and the same value in one place, a usual background excepted.

    Where all places must hold one, it is the smallest share.

    Args:
        places: brightness where a mark may be, (n, p).
        hits: examples in which it is expected, (n,) bool.
        background: share of all places, or from ½ on of any one place, that a background fills (nearly) alike.
        all_places: each place must hold one value, as the darkest and the brightest of a frame do.
    """
    low, high = np.nanmin(places), np.nanmax(places)
    if not hits.any() or not high > low:
        return 0.0
    levels = np.nan_to_num((places - low) * (VALUES / (high - low))).round().astype(int)
    usual = np.array([np.bincount(column, minlength=VALUES + 1) for column in levels.T]) / len(levels)
    most = usual.mean(axis=0) if background < 0.5 else usual.max(axis=0)
    common = np.convolve(most, np.ones(3), mode="same") >= background
    ground = np.convolve(common, np.ones(2 * NEAR + 1), mode="same") > 0
    largest = []
    for column in levels[hits].T:
        shares = np.bincount(column, minlength=VALUES + 1) / len(column)
        shares[ground] = 0.0
        largest.append(float(np.convolve(shares, np.ones(2)).max()))  # a value may lie on a bound
    return min(largest) if all_places else max(largest)


def _correlation(values: Array, codes: Array, code: int, cuts: int) -> float:
    """How well these numbers predict one class."""
    return class_scores(out_of_fold(filled(values), codes, cuts) == code, codes == code).correlation


def filled(values: Array) -> Array:
    """With the median of a column in place of what is unknown. (n, k)."""
    table = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    known = np.isfinite(table)
    middle = [np.median(one[good]) if good.any() else 0.0 for one, good in zip(table.T, known.T, strict=True)]
    return np.where(known, table, np.array(middle))


def out_of_fold(values: Array, codes: Array, cuts: int) -> Array:
    """Classes predicted by a small tree that has not seen the example. (n,)."""
    from sklearn.model_selection import StratifiedKFold

    predicted = np.full(len(codes), -1)
    for fitted, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(values, codes):
        predicted[asked] = tree(values[fitted], codes[fitted], cuts).predict(values[asked])
    return predicted


def tree(values: Array, codes: Array, cuts: int) -> DecisionTreeClassifier:
    """A decision tree whose leaves hold at least half a per cent of the examples."""
    from sklearn.tree import DecisionTreeClassifier

    leaf = max(3, len(codes) // 200)
    fitted: DecisionTreeClassifier = DecisionTreeClassifier(max_depth=cuts, min_samples_leaf=leaf, random_state=0)
    fitted.fit(values, codes)
    return fitted


def class_scores(predicted: Array, true: Array) -> Scores:
    """Of one class against all others.

    Args:
        predicted: as this class, (n,) bool.
        true: of this class, (n,) bool.
    """
    hit = float(np.sum(predicted & true))
    some, of = float(predicted.sum()), float(true.sum())
    spread = some * (len(true) - some) * of * (len(true) - of)
    correlation = (hit * len(true) - some * of) / np.sqrt(spread) if spread > 0 else 0.0
    return Scores(float(correlation), hit / of if of else 0.0, hit / some if some else 0.0)
