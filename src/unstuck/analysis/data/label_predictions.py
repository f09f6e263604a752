"""Class probabilities of every example that its own label had no part in, or little: what labels are compared with.

Three kinds: the nearest neighbours, a small network before it memorises labels, and the trees of a forest that were not
grown with the example. Their geometric mean ranks labels best; the forest says best how many are wrong.

Shapes: *n* examples, *d* features, *K* classes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.early_predictions import early_probabilities
from unstuck.analysis.data.label_neighbours import label_neighbours, neighbour_probabilities
from unstuck.analysis.data.sample import Array

NETWORKS = 3
"""trainings whose probabilities are averaged; 1 for large data"""
LARGE = 20_000
"""examples; of more, each tree is grown with a random part"""
TREES = 100
LEAF = 3
"""examples: smaller leaves repeat single labels"""


class Predictions(NamedTuple):
    """Probabilities of the classes from three sources, each (n, K)."""

    neighbours: Array
    early: Array
    """of the network that is trained, averaged over its first epochs"""
    forest: Array

    @property
    def together(self) -> Array:
        """Their geometric mean."""
        total = sum(np.log(np.clip(one, 1e-4, 1.0)) for one in self)
        mean = np.exp(total / len(self))
        return np.asarray(mean / mean.sum(axis=1, keepdims=True))


def predictions(
    raw: Array, standardised: Array, codes: Array, classes: int, early: Array | None = None, at: Array | None = None,
    trees: int = TREES,
) -> Predictions:  # fmt: skip
    """What three kinds of models predict for each example.

    Args:
        raw: (n, d) features as they are.
        standardised: (n, d) the same with mean 0 and standard deviation 1.
        codes: (n,) the labels as given, 0 … K − 1, each at least twice.
        classes: their number.
        early: (n, K) probabilities of a network of the user's own, averaged over its first epochs.
        at: (n, k) neighbours of each example, where they are known.
        trees: of the forest.
    """
    at = label_neighbours(raw, standardised, codes).at if at is None else at
    near = neighbour_probabilities(at, codes, classes)
    if early is None:
        agree = float(np.mean(near.argmax(axis=1) == codes))
        seeds = range(NETWORKS if len(codes) <= LARGE else 1)
        trained = [early_probabilities(standardised, codes, classes, enough=agree, seed=seed) for seed in seeds]
        early = np.mean(trained, axis=0)
    return Predictions(near, early, forest_probabilities(raw, codes, classes, trees))


def forest_probabilities(raw: Array, codes: Array, classes: int, trees: int = TREES) -> Array:
    """Of a forest of random trees, from those that were not grown with the example. (n, K)"""
    from sklearn.ensemble import ExtraTreesClassifier

    large = len(codes) > LARGE
    forest = ExtraTreesClassifier(
        trees // 4 if large else trees, min_samples_leaf=LEAF, bootstrap=True, oob_score=True, random_state=0,
        max_samples=LARGE if large else None,
    ).fit(raw, codes)  # fmt: skip
    found = np.full((len(codes), classes), 1.0 / classes)
    found[:, forest.classes_] = np.nan_to_num(forest.oob_decision_function_, nan=1.0 / classes)
    return found
