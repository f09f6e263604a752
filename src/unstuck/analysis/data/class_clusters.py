"""Whether the examples of a class fall into two far-apart clusters.

Two clusters can be made of anything. So they are made of one half of the examples, and judged on the other half, along
the line that joins the two centres: chance is no line there. Shapes: *n* examples of a class, *d* features.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.features import features
from unstuck.analysis.data.labelled import labelled, needed
from unstuck.analysis.data.sample import Array, DataSet
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.groups import ClassClusters

LEAST, MOST = 100, 2000
"""examples of a class"""
MOST_CLASSES = 30
"""the most frequent ones"""
LEAST_DISTINCT = 20
"""values of a feature; with fewer it is a code or a grade, whose values are clusters by nature"""
MOST_EQUAL = 0.1
"""share of one value; a more frequent one is a cluster by nature"""
FARTHEST = 4.0
"""standard deviations; what is farther away counts as this far, so that outliers are no cluster"""
MIDDLE = 0.2
"""share of the way between the centres, in its middle"""
STARTS = 4
SHOWN_COLUMNS = 3
SHOWN = 4.0
"""distance from which on the rows of the smaller cluster are kept"""


class Clusters(NamedTuple):
    """Two clusters, judged on examples that they were not made of."""

    distance: float
    between: float
    smaller: float
    second: Array  # (n,) bool
    """examples in the second cluster"""
    centres: Array  # (2, d)

    @property
    def smaller_one(self) -> tuple[Array, Array]:
        """The members of the smaller cluster (n,), and its centre (d,)."""
        second = self.second
        return (second, self.centres[1]) if second.mean() <= 0.5 else (~second, self.centres[0])


def class_clusters(dataset: DataSet) -> Iterator[ClassClusters]:
    """One event for each class of the training split that has examples enough.

    Raises:
        TooLittle: there are no classes, or too few examples or features.
    """
    train = dataset.train
    if train.form not in (Form.TABLE, Form.IMAGE):
        raise TooLittle("a table or images")
    some = needed(labelled(dataset)[0])
    if some.codes is None:
        raise TooLittle("classes to be predicted")
    matrix = some.standardised if train.form is Form.TABLE else some.raw  # pixels have one scale
    columns = features(dataset)[0].columns
    is_table = train.form is Form.TABLE
    good = np.array([not is_table or _continuous(one) for one in matrix[:MOST].T], dtype=bool)
    if not good.any():
        raise TooLittle(f"features with {LEAST_DISTINCT} different values")
    counts = np.bincount(some.codes)
    judged = [code for code in np.argsort(-counts, kind="stable")[:MOST_CLASSES] if counts[code] >= LEAST]
    if not judged:
        raise TooLittle(f"{LEAST} examples of a class")
    for code in judged:
        here = np.flatnonzero(some.codes == code)
        here = np.sort(np.random.default_rng(0).choice(here, min(MOST, len(here)), replace=False))
        own = matrix[here][:, good].astype(np.float64)
        spread = own.std(axis=0) if is_table else np.full(own.shape[1], own.std(axis=0).max())
        own = np.clip((own - own.mean(axis=0)) / np.where(spread > 0, spread, 1.0), -FARTHEST, FARTHEST)
        found = two_clusters(own)
        members, centre = found.smaller_one
        near = np.flatnonzero(members)[np.argsort(((own[members] - centre) ** 2).sum(axis=1), kind="stable")]
        apart = np.argsort(-np.abs(found.centres[1] - found.centres[0]), kind="stable")[:SHOWN_COLUMNS]
        yield ClassClusters(
            split=train.split, label=some.classes[code], distance=found.distance, between_share=found.between,
            smaller_share=found.smaller, members=int(members.sum()), looked_at=len(here),
            columns=tuple(columns[at] for at in np.flatnonzero(good)[apart]) if columns else (),
            rows=tuple(some.rows[here[near[:MOST_ROWS]]].tolist()) if found.distance >= SHOWN else (),
        )  # fmt: skip


def _continuous(values: Array) -> bool:
    different, counts = np.unique(values, return_counts=True)
    return len(different) >= LEAST_DISTINCT and counts.max() <= MOST_EQUAL * len(values)


def two_clusters(values: Array) -> Clusters:
    """Made of every other example, in an order drawn at random, and judged on the rest. (n, d)."""
    from sklearn.cluster import KMeans

    order = np.random.default_rng(0).permutation(len(values))
    made, judged = values[order[::2]], values[order[1::2]]
    centres = KMeans(2, n_init=STARTS, random_state=0).fit(made).cluster_centers_
    line = centres[1] - centres[0]
    way = (values - centres[0]) @ line / max(float(line @ line), 1e-30)
    place = (judged - centres[0]) @ line / max(float(line @ line), 1e-30)
    right = place > 0.5
    if min(right.sum(), (~right).sum()) < 2:
        return Clusters(0.0, 0.0, float(min(right.mean(), 1 - right.mean())), way > 0.5, centres)
    one, two = place[~right], place[right]
    within = np.sqrt((one.var() * len(one) + two.var() * len(two)) / len(place))
    apart = two.mean() - one.mean()
    middle = (one.mean() + two.mean()) / 2
    between = np.abs(place - middle) < MIDDLE / 2 * apart
    return Clusters(
        float(apart / max(within, 1e-9)), float(between.mean()), float(min(right.mean(), 1 - right.mean())), way > 0.5,
        centres,
    )  # fmt: skip
