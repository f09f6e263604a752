"""Labels of the training data beside those of held-out data: which of the two a model can predict better.

Honestly hard data is as hard in both. Where only training labels are wrong, a model that learned from them predicts
held-out labels better than training labels that it was not shown. Both are predicted by the same number of trees.

Shapes: *n* training examples, *m* held-out examples, *d* features, *K* classes, *k* tags, *t* trees.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.copies import comparable, usual
from unstuck.analysis.data.neighbours import nearest
from unstuck.analysis.data.sample import Array, DataSet

COPY = 0.3
"""of the usual distance: closer held-out examples may be copies, which are easy for another reason"""
FEWEST = 50
"""held-out examples"""
MOST = 4_000
"""held-out examples that are predicted"""
LEAF = 3
"""examples"""
LEFT_OUT = math.exp(-1)
"""share of the trees that were not grown with an example"""


class Contrast(NamedTuple):
    """How much better held-out labels are predicted."""

    share: float
    """of wrong training labels that would explain it"""
    z: float
    """standard errors"""
    held_out: float
    """share of the held-out labels that are not predicted"""


def contrast(raw: Array, codes: Array, held_out: Array, held_out_codes: Array, classes: int, trees: int) -> Contrast:
    """By the trees of a forest.

    Args:
        raw: (n, d) features of the training examples.
        codes: (n,) their labels as given.
        held_out: (m, d) features of held-out examples, no copies of training examples.
        held_out_codes: (m,) their labels.
        classes: number of classes.
        trees: of the forest.
    """
    targets = np.eye(classes)[codes]
    own, other = forest_predictions(raw, targets, held_out, trees)
    wrong = np.asarray(own.argmax(axis=1) != codes)
    wrong_held_out = np.asarray(other.argmax(axis=1) != held_out_codes)
    one, two = float(wrong.mean()), float(wrong_held_out.mean())
    # A wrong label is hit by a wrong prediction once in K − 1 cases: d = η + (1 − η) e − η e / (K − 1).
    share = (one - two) / max(1e-9, 1 - two * classes / (classes - 1))
    error = math.sqrt(max(1e-9, one * (1 - one) / len(wrong) + two * (1 - two) / len(wrong_held_out)))
    return Contrast(min(1.0, max(0.0, share)), (one - two) / error, two)


def forest_predictions(raw: Array, targets: Array, others: Array, trees: int) -> tuple[Array, Array]:
    """Means of the targets, by the trees that were not grown with an example; of others by as many trees.

    Args:
        raw: (n, d).
        targets: (n, k).
        others: (m, d).
        trees: their number.

    Returns:
        (n, k) and (m, k).
    """
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(
        trees, min_samples_leaf=LEAF, max_features="sqrt", bootstrap=True, oob_score=True, random_state=0
    ).fit(raw, targets if targets.shape[1] > 1 else targets[:, 0])  # fmt: skip
    shape = len(others), targets.shape[1]
    total, count = np.zeros(shape), np.zeros(len(others))
    random = np.random.default_rng(0)
    for tree in forest.estimators_:
        some = random.random(len(others)) < LEFT_OUT
        if some.any():
            total[some] += tree.predict(others[some].astype(np.float32)).reshape(-1, shape[1])
            count[some] += 1
    mean = targets.mean(axis=0)
    found = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], mean)
    own = np.nan_to_num(forest.oob_prediction_.reshape(targets.shape), nan=0.0)
    return own, found


def no_copies(dataset: DataSet, number: int, at: Array, train_at: Array) -> Array:
    """Which of some held-out examples are no copy of a training example. (m,) bool

    Args:
        dataset: all splits.
        number: of the held-out split.
        at: (m,) numbers of its examples.
        train_at: (n,) numbers of the training examples.
    """
    train, mine = comparable(dataset)[0][0][train_at], comparable(dataset)[number][0][at]
    how = usual(train)
    return np.asarray(nearest(mine, train).distance >= COPY * how.typical)
