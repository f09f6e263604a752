"""Several labels for each example: tags that were forgotten in training, tags that are numbered otherwise elsewhere.

A forest predicts every tag: of training examples from the trees that were not grown with them, of held-out examples
from as many trees. Where training examples lack a tag that alike held-out examples have, it was forgotten.

Shapes: *n* training examples, *m* held-out examples, *k* tags.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.held_out_labels import FEWEST, MOST, forest_predictions, no_copies
from unstuck.analysis.data.labelled import Labelled, labelled, needed
from unstuck.analysis.data.sample import Array, DataSet
from unstuck.analysis.fact import fact
from unstuck.core.outcome import TooLittle

TREES = 50
FEWEST_POSITIVES = 20
"""training examples with a tag"""
FEWEST_CLEAR = 10
"""held-out examples that clearly should have it"""
SURE = 5.0
"""standard errors"""
CLEAR = 0.8
"""share of the held-out examples that clearly should have the tag, and have it"""
LEAST = 0.1
"""share of the tags that were forgotten"""
BEYOND = 3.0
"""× the odds that the different frequency of the tag explains"""
GAIN = 0.2
"""correlation that is gained by the exchange"""
REGAINED = 0.5
"""of what it lies below that within the training data"""


class HeldOutTags(NamedTuple):
    """Of one held-out split."""

    number: int
    predicted: Array  # (m, k)
    given: Array  # (m, k)


class Tags(NamedTuple):
    """What a forest that was grown on the training data predicts."""

    train: Labelled
    predicted: Array  # (n, k)
    given: Array  # (n, k)
    held_out: tuple[HeldOutTags, ...]


class Forgotten(NamedTuple):
    """A tag that part of the training examples lacks."""

    tag: int
    share: float
    """of those that should have it"""
    low: float
    in_training: float
    """share that has it, of the training examples that clearly should"""
    held_out: float
    """the same of held-out examples"""
    lacking: Array
    """numbers of the training examples, the clearest first"""


class Exchanged(NamedTuple):
    """Tags of a held-out split that are other tags of the training data."""

    pairs: tuple[tuple[int, int], ...]
    """the tag as it is given, and the tag of the training data that it is"""
    agreement: float
    """share of the examples with these tags that a forest gives them"""
    agreement_after: float
    concerned: int


@fact
def tags_of(dataset: DataSet) -> Tags:
    """Predictions of the tags of all splits that have them.

    Raises:
        TooLittle: an example has one label, or no held-out split has labels.
    """
    parts = labelled(dataset)
    train = needed(parts[0])
    if not train.tags or train.values is None:
        raise TooLittle("several labels for each example")
    others = [
        (number, one, np.flatnonzero(no_copies(dataset, number, one.at, train.at))[:MOST])
        for number, one in enumerate(parts[1:], start=1)
        if isinstance(one, Labelled) and one.values is not None and one.classes == train.classes
    ]
    others = [(number, one, at) for number, one, at in others if len(at) >= FEWEST]
    if not others:
        raise TooLittle(f"held-out data with these labels ({FEWEST} examples)")
    raw = np.concatenate([one.raw[at] for _, one, at in others])
    own, found = forest_predictions(train.raw, train.values, raw, TREES)
    ends = np.cumsum([len(at) for *_, at in others])[:-1]
    held_out = tuple(
        HeldOutTags(number, predicted, one.values[at])
        for (number, one, at), predicted in zip(others, np.split(found, ends), strict=True)
        if one.values is not None
    )
    return Tags(train, own, train.values, held_out)


def forgotten(tags: Tags) -> tuple[Forgotten, ...]:
    """Tags that training examples lack where alike held-out examples have them."""
    given = np.concatenate([one.given for one in tags.held_out])
    predicted = np.concatenate([one.predicted for one in tags.held_out])
    found = (
        _forgotten(tag, tags.predicted[:, tag], tags.given[:, tag], predicted[:, tag], given[:, tag])
        for tag in range(given.shape[1])
    )
    return tuple(one for one in found if one is not None)


def _forgotten(tag: int, own: Array, mine: Array, other: Array, theirs: Array) -> Forgotten | None:
    positives = int(mine.sum())
    if positives < FEWEST_POSITIVES:
        return None
    order = np.argsort(-own, kind="stable")
    cut = own[order[positives - 1]]
    clear, clear_held_out = own >= cut, other >= cut
    if clear_held_out.sum() < FEWEST_CLEAR:
        return None
    one, two = float(mine[clear].mean()), float(theirs[clear_held_out].mean())
    n, m = int(clear.sum()), int(clear_held_out.sum())
    both = (one * n + two * m) / (n + m)
    error = math.sqrt(max(1e-9, both * (1 - both) * (1 / n + 1 / m)))
    share = 1 - one / max(two, 1e-9)
    if two < CLEAR or share < LEAST or (two - one) / error < SURE:
        return None
    often = _odds(float(theirs.mean()), len(theirs)) / _odds(float(mine.mean()), len(mine))
    if _odds(two, m) / _odds(one, n) < BEYOND * max(1.0, often):
        return None  # a tag that is more frequent elsewhere is more probable there
    should = order[: round(positives / (1 - share))]
    low = 1 - (one + 1.96 * math.sqrt(one * (1 - one) / n)) / two
    return Forgotten(tag, share, max(0.0, low), one, two, should[mine[should] == 0])


def _odds(share: float, count: int) -> float:
    """Of a share that was seen on so many; never 0 nor infinite."""
    kept = (share * count + 0.5) / (count + 1)
    return kept / (1 - kept)


def exchanged(tags: Tags, one: HeldOutTags) -> Exchanged | None:
    """The exchange of tags under which a held-out split looks like the training data; None for none."""
    from scipy.optimize import linear_sum_assignment  # type: ignore[attr-defined]

    expected = np.diag(_correlations(tags.predicted, tags.given))
    table = _correlations(one.predicted, one.given)  # (k, k): predicted tag, given tag
    of, to = linear_sum_assignment(-table)
    enough = one.given.sum(axis=0) >= FEWEST_CLEAR
    moved = [(int(b), int(a)) for a, b in zip(of, to, strict=True) if a != b and enough[b]]
    if not moved:
        return None
    before = np.array([table[given, given] for given, _ in moved])
    after = np.array([table[is_, given] for given, is_ in moved])
    wanted = np.array([expected[is_] for _, is_ in moved])
    gain = (np.arctanh(after.clip(-0.99, 0.99)) - np.arctanh(before.clip(-0.99, 0.99))) * math.sqrt(len(one.given) - 3)
    sure = (gain > SURE) & (after >= before + GAIN) & (after >= before + REGAINED * (wanted - before))
    if not sure.all():
        return None  # tags that cannot be predicted may be assigned to any other
    shares = np.array([(_hits(one, given, given), _hits(one, given, is_)) for given, is_ in moved]).mean(axis=0)
    return Exchanged(
        tuple(moved), float(shares[0]), float(shares[1]), int(one.given[:, [given for given, _ in moved]].sum())
    )


def _hits(one: HeldOutTags, given: int, predicted: int) -> float:
    """Share of the examples with a tag among as many that another tag is predicted for most."""
    positives = one.given[:, given] > 0
    first = np.argsort(-one.predicted[:, predicted], kind="stable")[: int(positives.sum())]
    return float(positives[first].mean())


def _correlations(predicted: Array, given: Array) -> Array:
    """(k, k); 0 where one of the two is constant."""
    a, b = (values - values.mean(axis=0) for values in (predicted, given))
    size = np.linalg.norm(a, axis=0)[:, None] * np.linalg.norm(b, axis=0)[None]
    return np.asarray(np.where(size > 0, a.T @ b / np.maximum(size, 1e-12), 0.0))
