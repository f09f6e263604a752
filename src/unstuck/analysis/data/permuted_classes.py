"""Class numbers that mean other classes in a held-out split than in training.

Shapes: *n* examples of the training split, *m* of the held-out split, *d* features, *K* classes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.label_neighbours import NEIGHBOURS, nearest, reduced
from unstuck.analysis.data.sample import Array
from unstuck.core.outcome import TooLittle

MOST = 5_000
"""examples of each split that are looked at"""
FEWEST = 10
"""examples of a class"""
SURE = 10.0
"""logarithm of the odds that the classes are exchanged"""

GAIN = 0.1
"""share of the examples that must agree in addition after the exchange"""
REGAINED = 0.5
"""of what the agreement lies below that within the training split"""


class Exchange(NamedTuple):
    """Classes whose numbers are exchanged."""

    pairs: tuple[tuple[int, int], ...]
    """the class as it is given, and the class of the training split that it is"""
    agreement: float
    """mean share of examples of these classes that get their own class from neighbours of the training split"""
    agreement_after: float
    expected: float
    """the same share within the training split"""


def exchanged_classes(
    train: Array, train_codes: Array, held_out: Array, codes: Array, number: int
) -> Exchange | None:
    """The exchange of classes under which a held-out split looks like the training split; None for none.

    What neighbours of the training split predict for each class is compared with what they predict, leaving the
    example out, within the training split.

    Args:
        train: (n, d) features.
        train_codes: (n,) classes.
        held_out: (m, d) features, encoded alike.
        codes: (m,) classes; some may be unknown to the training split.
        number: of classes.
    """
    if min(len(train), len(held_out)) < 2 * FEWEST:
        raise TooLittle(f"{2 * FEWEST} examples with a label in each split")
    train, train_codes = _some(train, train_codes)
    held_out, codes = _some(held_out, codes)
    both = reduced(np.concatenate([train, held_out]))
    train, held_out = both[: len(train)], both[len(train) :]
    k = min(NEIGHBOURS, len(train) - 1)
    inside = _majority(train_codes[nearest(train, train, k, np.arange(len(train)))], number)
    outside = _majority(train_codes[nearest(held_out, train, k)], number)
    trained = _table(train_codes, inside, number)
    given = _table(codes, outside, number)
    return _best(trained, given)


def _some(features: Array, codes: Array) -> tuple[Array, Array]:
    if len(codes) <= MOST:
        return features, codes
    at = np.random.default_rng(0).choice(len(codes), MOST, replace=False)
    return features[at], codes[at]


def _majority(labels: Array, number: int) -> Array:
    counts = np.zeros((len(labels), number), dtype=np.int64)
    for column in range(labels.shape[1]):
        counts[np.arange(len(labels)), labels[:, column]] += 1
    return np.asarray(counts.argmax(axis=1))


def _table(codes: Array, predicted: Array, number: int) -> Array:
    """How often each class (row) is predicted as each class (column). (K, K)"""
    return np.bincount(codes * number + predicted, minlength=number * number).reshape(number, number)


def _best(trained: Array, given: Array) -> Exchange | None:
    from scipy.optimize import linear_sum_assignment  # type: ignore[attr-defined]

    number = len(trained)
    enough = trained.sum(axis=1) >= FEWEST
    rates = (trained + 1.0 / number) / (trained.sum(axis=1, keepdims=True) + 1.0)
    likelihood = given @ np.log(rates).T  # (K, K): of the rows of a class, were they of the other class
    likelihood[:, ~enough] = -1e12
    likelihood[given.sum(axis=1) == 0] = 0.0
    own = np.where(enough, np.diag(likelihood), given.sum(axis=1) * np.log(1.0 / number))
    np.fill_diagonal(likelihood, own)
    _, to = linear_sum_assignment(-likelihood)
    of = np.arange(number)
    odds = likelihood[of, to] - own
    moved = [int(one) for one in of if to[one] != one and given[one].sum() >= FEWEST]
    if not moved or sum(odds[moved]) < SURE or not all(enough[to[one]] for one in moved):
        return None
    before, after, expected = (
        float(np.mean([table[row, column] / max(1, table[row].sum()) for row, column in cells]))
        for table, cells in (
            (given, [(one, one) for one in moved]),
            (given, [(one, int(to[one])) for one in moved]),
            (trained, [(int(to[one]), int(to[one])) for one in moved]),
        )
    )
    if after < before + GAIN or after < before + REGAINED * (expected - before):
        return None  # inputs that changed are predicted badly under any exchange
    return Exchange(tuple((one, int(to[one])) for one in moved), before, after, expected)
