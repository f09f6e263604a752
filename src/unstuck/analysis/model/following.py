"""Whether predictions follow an attribute: with that of another example, and more than the truth does.

Shapes: *n* examples, *K* classes, *k* numbers of the attribute.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.model.predictions import Array

MOST_GROUPS_CUTS = 4
"""depth of the tree that makes groups"""
LEAST_GROUP = 20
DRAWS = 40
"""truths that are drawn from the probabilities"""


class Givers(NamedTuple):
    """For each example the one that gives its attribute: predicted otherwise, and predicted alike. (m,) each."""

    of: Array
    other: Array
    alike: Array


def givers_of(labels: Array, seed: int, most: int) -> Givers | None:
    """Examples drawn at random with their givers; None where all are predicted alike.

    Args:
        labels: predicted class of each example.
        seed: of the draw.
        most: examples.
    """
    random = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    usual = classes[counts >= 2]
    if len(classes) < 2 or not len(usual):
        return None
    of = np.flatnonzero(np.isin(labels, usual))
    of = random.permutation(of)[:most]
    members = {code: np.flatnonzero(labels == code) for code in classes.tolist()}
    others = np.empty(len(of), int)
    alike = np.empty(len(of), int)
    for at, one in enumerate(of.tolist()):
        own = labels[one]
        code = random.choice(classes[classes != own])
        others[at] = random.choice(members[int(code)])
        mine = members[int(own)]
        alike[at] = random.choice(mine[mine != one])
    return Givers(of, others, alike)


class Followed(NamedTuple):
    """How often the prediction becomes that of the giver."""

    share: float
    control: float
    p_value: float


def followed(target: Array, with_other: Array, with_alike: Array) -> Followed:
    """Of examples that got the attribute of an example that is predicted as ``target``, and of one predicted alike.

    Args:
        target: (m,) class that is predicted for the giver.
        with_other: (m,) prediction with its attribute.
        with_alike: (m,) prediction with the attribute of an example that is predicted as this one: the edit alone.
    """
    from scipy.special import bdtrc

    hit, chance = with_other == target, with_alike == target
    only, only_chance = int((hit & ~chance).sum()), int((~hit & chance).sum())
    p = float(bdtrc(only - 1, only + only_chance, 0.5)) if only > 0 else 1.0
    return Followed(float(hit.mean()), float(chance.mean()), p)


class Excess(NamedTuple):
    """Predicted beside true class shares in groups of examples that are alike in an attribute."""

    value: float
    chance: float
    chance_high: float
    agreement: float
    """how far the true shares move from group to group, for 1 that the predicted ones move: 0 where the truth does not
    depend on the attribute, 1 where it does as predicted, between where the model is only over-confident"""


def excess(values: Array, scores: Array, truth: Array, seed: int) -> Excess:
    """Half the mean absolute difference between the predicted and the true shares of the classes in groups.

    Groups are made by a small tree on one half of the examples, from the attribute and the residuals of the
    probabilities, and measured on the other, each half in turn. A difference that all groups share (a class that is
    predicted too often everywhere) does not count.

    Args:
        values: (n, k) of the attribute.
        scores: (n, K) probabilities.
        truth: (n,) codes of classes.
        seed: of the halves and the draws.
    """
    random = np.random.default_rng(seed)
    eye = np.eye(scores.shape[1])
    residual = scores - eye[truth]
    half = random.permutation(len(truth)) % 2 == 0
    groups = [(_groups(values, residual, side), ~side) for side in (half, ~half)]
    found = _difference(groups, residual)
    cumulative = scores.cumsum(axis=1)
    drawn = []
    for _ in range(DRAWS):
        codes = np.minimum((random.random((len(truth), 1)) > cumulative).sum(axis=1), scores.shape[1] - 1)
        drawn.append(_difference(groups, scores - eye[codes]))
    agreement = _agreement(groups, scores, eye[truth])
    return Excess(found, float(np.mean(drawn)), float(np.quantile(drawn, 0.99)), agreement)


def _groups(values: Array, residual: Array, fitted: Array) -> Array:
    """The number of the group of every example, by a tree that is fitted to some."""
    from sklearn.tree import DecisionTreeRegressor

    leaf = max(LEAST_GROUP, int(fitted.sum()) // 20)
    tree = DecisionTreeRegressor(max_depth=MOST_GROUPS_CUTS, min_samples_leaf=leaf, random_state=0)
    return np.asarray(tree.fit(values[fitted], residual[fitted]).apply(values))


def _difference(groups: list[tuple[Array, Array]], residual: Array) -> float:
    found = [0.5 * float(np.abs(_sums(group, residual, side)[0]).sum()) / side.sum() for group, side in groups]
    return float(np.mean(found))


def _agreement(groups: list[tuple[Array, Array]], scores: Array, truth: Array) -> float:
    """The slope of the true shares of the groups on the predicted ones."""
    both = square = 0.0
    for group, side in groups:
        (mine, count), (theirs, _) = _sums(group, scores, side), _sums(group, truth, side)
        both += float((mine * theirs / count).sum())
        square += float((mine * mine / count).sum())
    return both / square if square > 0 else 1.0


def _sums(group: Array, values: Array, side: Array) -> tuple[Array, Array]:
    """Of what differs from the mean, in each group, and how many examples it has."""
    mine = values[side]
    _, number = np.unique(group[side], return_inverse=True)
    sums = np.zeros((number.max() + 1, mine.shape[1]))
    np.add.at(sums, number, mine - mine.mean(axis=0))
    return sums, np.bincount(number)[:, None].astype(np.float64)
