"""Wrong labels: how many there are, and which.

The margin of a label is its probability less that of the best other class. The given labels have n margins. All *other*
labels of the same examples have the margins that wrong labels would have. For a cut, let F be the share of the given
labels below it, and G the share of the other labels. If a share η of the labels is wrong, F ≥ η G: so η ≤ F / G. On
clean data F / G goes to 0 for bad margins, however hard the problem is; under noise it stays at η.

Shapes: *n* examples, *K* classes, *c* cuts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.label_predictions import Predictions
from unstuck.analysis.data.sample import Array
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.labels import ConfusedClasses, LabelNoise

CUTS = np.linspace(0.10, 0.95, 86)
"""values of G at which F / G is looked at; below, both are too small to be compared"""
WIDE = np.linspace(0.30, 0.95, 66)
"""the same for predictions that their own label has some part in: they excuse the worst labels"""
BOUND = 0.025
"""probability beyond each of the bounds of F (Clopper and Pearson)"""
EASY = 0.08
"""share of right labels that are not predicted, up to which the forest has `WIDE` cuts: more labels lie below"""
MOST_MARGINS = 2_000_000
"""margins of other labels that are compared; of more a random part"""
EVEN = 0.02
"""part of the weight of other labels that is spread evenly over all"""
PAIRS = 12
"""pairs of classes that are looked at, those with most disagreement"""
FEWEST = 5
"""examples of a pair"""
RECALL = 0.5
"""weight of a wrong label that is not listed, against a right one that is: somebody looks at every one that is"""
MIXED = 0.7
"""shares of two classes that are labelled as each other: of more it cannot be told which of them is larger"""


class Share(NamedTuple):
    """An estimated share of wrong labels."""

    value: float
    low: float
    below: int
    """given labels below the cut"""


class Margins(NamedTuple):
    """The labels of all examples, the least plausible first."""

    order: Array  # (n,)
    values: Array  # (n,) ascending
    others: Array  # (n,) share of the other labels that are no more plausible: G


def confusion(probabilities: Array, codes: Array) -> Array:
    """How much each other label counts: as often as examples of a class (row) have it where it is not predicted. (K, K)

    So wrong labels are compared with labels that are as easily taken for the right one. A part is spread evenly.

    Args:
        probabilities: (n, K).
        codes: (n,) labels as given.
    """
    number = probabilities.shape[1]
    counts = np.bincount(probabilities.argmax(axis=1) * number + codes, minlength=number**2).reshape(number, number)
    apart = np.where(np.eye(number, dtype=bool), 0.0, counts)
    even = max(1.0, EVEN * apart.sum()) / (number * (number - 1))
    apart = np.where(np.eye(number, dtype=bool), 0.0, apart + even)
    return np.asarray(apart / np.maximum(1, np.bincount(codes, minlength=number))[:, None])


def margins(probabilities: Array, codes: Array, weights: Array) -> Margins:
    """The labels in the order of their margins, and where they stand among all other labels.

    Args:
        probabilities: (n, K).
        codes: (n,) labels as given.
        weights: (K, K) of each other label (column) of an example with a label (row). Where neither the label nor the
            other one is predicted, the other one does not count.
    """
    n, classes = probabilities.shape
    table = class_margins(probabilities)
    given = table[np.arange(n), codes]
    predicted = probabilities.argmax(axis=1)
    other = np.broadcast_to((predicted == codes)[:, None], (n, classes)).copy()
    other[np.arange(n), predicted] = True  # where a third class is predicted, the label itself may be wrong
    other[np.arange(n), codes] = False
    theirs, weight = table[other], weights[codes][other]
    if len(theirs) > MOST_MARGINS:
        some = np.random.default_rng(0).choice(len(theirs), MOST_MARGINS, replace=False)
        theirs, weight = theirs[some], weight[some]
    sorting = np.argsort(theirs)
    total = np.concatenate([[0.0], np.cumsum(weight[sorting])])
    order = np.argsort(given, kind="stable")
    at = np.searchsorted(theirs[sorting], given[order], side="right")
    return Margins(order, given[order], total[at] / total[-1])


def class_margins(probabilities: Array) -> Array:
    """The probability of each class less that of the best other class. (n, K)"""
    ranked = np.partition(probabilities, -2, axis=1)
    best, second = ranked[:, -1:], ranked[:, -2:-1]
    return np.asarray(probabilities - np.where(probabilities >= best, second, best))


def wrong_share(others: Array, n: int, classes: int, cuts: Array = CUTS) -> Share:
    """The least share of wrong labels that any cut allows.

    Args:
        others: ascending; G of each given label, as of `Margins`.
        n: number of given labels.
        classes: number of classes. Of wrong labels the right one is among the others: η G is a little too small.
        cuts: values of G.
    """
    below = np.minimum(np.searchsorted(others, cuts + 1e-6, side="right"), n - 1)  # (c,)
    value, low, count = _least(below, n, cuts)
    return Share(value / (1 + value / (classes - 1)), low / (1 + low / (classes - 1)), count)


def _least(below: Array, n: int, part: Array) -> Share:
    """F / G at the cut with the smallest upper bound.

    Args:
        below: (c,) given labels below each cut.
        n: number of given labels.
        part: (c,) G at each cut.
    """
    from scipy.special import betaincinv

    highest = betaincinv(below + 1, n - below, 1 - BOUND) / part
    at = int(highest.argmin())
    count, cut = int(below[at]), float(part[at])
    lowest = float(betaincinv(count, n - count + 1, BOUND)) if count else 0.0
    return Share(count / n / cut, lowest / cut, count)


STEEP = (0.1, 0.4)
"""values of G between which F / G is compared"""


def rise(others: Array) -> float:
    """F / G at the greater part of `STEEP`, divided by F / G at the smaller one.

    Random noise does not know which labels are plausible, and keeps the ratio at 1. Labels that are honestly hard are
    mostly plausible ones.

    Args:
        others: ascending; G of each given label, as of `Margins`.
    """
    few, more = ((np.searchsorted(others, part + 1e-6, side="right") + 1) / part for part in STEEP)
    return float(more / few)


def listed(found: Margins, share: float) -> int:
    """How many of the least plausible labels to list: as many as give the best F to be expected.

    Args:
        found: the labels.
        share: of wrong ones.
    """
    n = len(found.order)
    number = np.arange(1, n + 1)
    right = np.minimum(number, share * found.others * n)
    return int((right / (number + RECALL * share * n)).argmax()) + 1


def label_noise(
    split: int, predicted: Predictions, codes: Array, classes: tuple[str, ...], rows: Array
) -> Iterator[LabelNoise | ConfusedClasses]:
    """The estimated share of wrong labels, and the least plausible ones; the same for pairs of classes.

    Args:
        split: its id.
        predicted: probabilities of the classes.
        codes: (n,) labels as given.
        classes: names of the classes.
        rows: (n,) positions in the split.
    """
    together = predicted.together
    weights = confusion(together, codes)
    forest, ranked = margins(predicted.forest, codes, weights), margins(together, codes, weights)
    n, number = together.shape
    disagreement = float(np.mean(predicted.forest.argmax(axis=1) != codes))
    alone = wrong_share(forest.others, n, number, WIDE)
    if disagreement - alone.value > EASY:
        alone = wrong_share(forest.others, n, number)
    others = margins(np.sqrt(predicted.neighbours * predicted.early), codes, weights)
    second = wrong_share(others.others, n, number, WIDE)
    apart = float(np.mean(together.argmax(axis=1) != codes))
    clear = apart - wrong_share(ranked.others, n, number, WIDE).value
    early = margins(predicted.early, codes, weights)
    steep = [rise(one.others) for one in (forest, ranked, early)]
    count = listed(ranked, alone.value) if alone.below else 0
    worst = ranked.order[:count]
    table = class_margins(together)
    table[np.arange(n), codes] = -np.inf
    yield LabelNoise(
        split=split, looked_at=n, share=alone.value, low=alone.low, second=second.value, second_low=second.low,
        count=alone.below, disagreement=disagreement, unclear=disagreement - alone.value, unclear_together=clear,
        disagreement_together=apart, classes=number, rarer=1.0 - float(np.bincount(codes).max()) / n,
        rise=float(np.exp(np.mean(np.log(steep)))), listed=count,
        rows=tuple(int(row) for row in rows[worst[:MOST_ROWS]]),
        likely=tuple(classes[int(code)] for code in table[worst[:MOST_ROWS]].argmax(axis=1)),
    )  # fmt: skip
    if number > 2:
        yield from _pairs(split, predicted.forest, together, codes, classes, rows, disagreement)


def _pairs(
    split: int, forest: Array, together: Array, codes: Array, classes: tuple[str, ...], rows: Array, disagreement: float
) -> Iterator[ConfusedClasses]:
    """Classes that part of another class is labelled as."""
    number, n = len(classes), len(codes)
    counts = np.bincount(codes * number + together.argmax(axis=1), minlength=number * number).reshape(number, number)
    apart = float(1 - np.trace(counts) / n)
    np.fill_diagonal(counts, 0)
    tables = class_margins(forest), class_margins(together)
    cells = [divmod(int(cell), number) for cell in np.argsort(-counts, axis=None, kind="stable")[:PAIRS]]
    shares = {
        (given, likely): [_pair_share(table, codes, given, likely) for table in tables]
        for given, likely in cells if counts[given, likely] >= FEWEST
    }  # fmt: skip
    sizes = np.bincount(codes, minlength=number)
    many = {cell: _concerned(shares, cell, sizes) for cell in shares}
    for (given, likely), found in shares.items():
        mine = np.nonzero(codes == given)[0]
        advantage = together[mine, likely] - together[mine, given]
        concerned = many[given, likely]
        both = concerned + many.get((likely, given), 0)
        worst = mine[np.argsort(-advantage, kind="stable")[:concerned]]
        yield ConfusedClasses(
            split=split, labelled=classes[given], likely=classes[likely], share=found[0].value,
            low=min(share.low for share in found), unclear=disagreement - both / n, unclear_together=apart - both / n,
            count=min(share.below for share in found),
            classes=number, concerned=concerned, looked_at=n,
            rows=tuple(int(row) for row in rows[worst[:MOST_ROWS]]),
        )  # fmt: skip


def _concerned(shares: Mapping[tuple[int, int], Sequence[Share]], cell: tuple[int, int], sizes: Array) -> int:
    """How many examples of one class (the second of the cell) are labelled as the other one (the first).

    As many as are wrong have gone from the examples with the label, and as many have come as are wrong the other way.
    """
    given, likely = cell
    out = shares[cell][0].value
    back = shares[likely, given][0].value if (likely, given) in shares else 0.0
    if out + back > MIXED:
        return min(round(float(out * sizes[likely])), int(sizes[given]))  # as many have come as have gone
    true = max(0.0, (1 - back) * sizes[likely] - back * sizes[given]) / (1 - out - back)
    return min(round(float(out * true)), int(sizes[given]))


def _pair_share(table: Array, codes: Array, given: int, likely: int) -> Share:
    """The share of the examples of one class that are labelled as another.

    Args:
        table: (n, K) margins.
        codes: (n,) labels as given.
        given: the class as which they are labelled.
        likely: the class that they belong to. Its other examples have, for the label ``given``, the margins that
            wrong labels would have.
    """
    theirs = np.sort(table[codes == likely, given])
    mine = np.sort(table[codes == given, given])
    cuts = np.quantile(theirs, WIDE)
    below = np.minimum(np.searchsorted(mine, cuts, side="right"), len(mine) - 1)
    part = np.searchsorted(theirs, cuts, side="right") / len(theirs)
    found = _least(below, len(mine), part)
    value, low = (share * len(mine) / len(theirs) for share in (found.value, found.low))
    return Share(value / (1 + value), low / (1 + low), found.below)
