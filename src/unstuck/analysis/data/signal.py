"""Does the input say anything about the label? Models against the same models on permuted labels.

Shapes: *n* examples, *d* features, *k* target columns (one for each class).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import Signal

FEWEST = 60
MOST = 1_000
"""examples that are looked at"""
CLEAR = 8.0
"""z of the neighbours above which no other model is asked"""
LINEAR_PERMUTATIONS = 100
FOREST_PERMUTATIONS = 16
RIDGES = (1.0, 100.0)
"""strengths of the penalty, in units of the mean eigenvalue"""
TREES = 40
LEAF = 3


def signal(
    split: int, neighbours_z: float, agreement: float, chance: float, features: Array, targets: Array
) -> Signal:
    """How much models find in the input, and how much on permuted labels.

    Args:
        split: its id.
        neighbours_z: of the agreement with neighbours, as of `LabelAgreement`.
        agreement: the agreement itself.
        chance: the same with permuted labels.
        features: (n, d), standardised.
        targets: (n, k) one-hot classes, or numbers.

    Raises:
        TooLittle: there are fewer than 60 examples, or one value of the target.
    """
    if len(features) < FEWEST:
        raise TooLittle(f"{FEWEST} examples with a label")
    if not (targets.std(axis=0) > 0).any():
        raise TooLittle("two values of the target")
    names, scores, z, chances = ["neighbours"], [agreement], [neighbours_z], [chance]
    if neighbours_z < CLEAR:
        random = np.random.default_rng(0)
        some = random.choice(len(features), min(MOST, len(features)), replace=False)
        x, y = np.clip(features[some], -10, 10).astype(np.float64), targets[some].astype(np.float64)
        models: list[tuple[str, Callable[[Array], float], int]] = [
            (f"linear, penalty {ridge:g}", linear(x, ridge), LINEAR_PERMUTATIONS) for ridge in RIDGES
        ]
        models.append(("forest", forest(x), FOREST_PERMUTATIONS))
        for name, score, permutations in models:
            null = [score(y[random.permutation(len(y))]) for _ in range(permutations)]
            names.append(name)
            scores.append(score(y))
            chances.append(float(np.mean(null)))
            z.append((scores[-1] - chances[-1]) / max(1e-9, float(np.std(null))))
    return Signal(
        split=split, looked_at=min(MOST, len(features)), models=tuple(names), scores=tuple(map(float, scores)),
        z=tuple(map(float, z)), chance=tuple(map(float, chances)),
    )  # fmt: skip


def linear(x: Array, ridge: float) -> Callable[[Array], float]:
    """Correlation of ridge regression's leave-one-out predictions with the target, as a function of the target."""
    design = np.column_stack([x - x.mean(axis=0), np.ones(len(x))])
    u, s, _ = np.linalg.svd(design, full_matrices=False)
    penalty = ridge * float(np.mean(s**2))
    hat = (u * (s**2 / (s**2 + penalty))) @ u.T
    leverage = np.diag(hat)[:, None].clip(max=0.999)

    def score(y: Array) -> float:
        centred = y - y.mean(axis=0)
        return correlation((hat @ centred - leverage * centred) / (1 - leverage), centred)

    return score


def forest(x: Array) -> Callable[[Array], float]:
    """Correlation of a forest's out-of-bag predictions with the target, as a function of the target."""
    from sklearn.ensemble import ExtraTreesRegressor

    def score(y: Array) -> float:
        trees = ExtraTreesRegressor(
            TREES, min_samples_leaf=LEAF, max_features="sqrt", bootstrap=True, oob_score=True, random_state=0
        ).fit(x, y if y.shape[1] > 1 else y[:, 0])
        return correlation(np.nan_to_num(trees.oob_prediction_.reshape(y.shape), nan=0.0), y)

    return score


def correlation(predicted: Array, y: Array) -> float:
    """Over all target columns, each centred."""
    one, two = predicted - predicted.mean(axis=0), y - y.mean(axis=0)
    size = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float((one * two).sum() / size) if size else 0.0
