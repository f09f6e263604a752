"""Examples of one object: several readings of one person, one sample, one place, in a table that names no groups.

The nearest example is a reading of the same object: much closer than those that follow, and of the same label, though
the label of those is far from sure. Honest neighbours grow more distant, and less alike, little by little.

Shapes: *n* training examples, *m* examples that are asked for, *d* features, *k* neighbours.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.label_neighbours import reduced
from unstuck.analysis.data.labelled import Labelled, labelled
from unstuck.analysis.data.row_hashes import first_equal, row_hashes
from unstuck.analysis.data.sample import Array, DataSet
from unstuck.analysis.fact import fact
from unstuck.core.data_types import Form
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.copies import Sameness, SharedExamples

FEWEST, FEWEST_ASKED = 200, 40
"""training examples, examples that are asked for"""
MOST = 800
"""examples that are asked for"""
FAR = (13, 20)
"""neighbours that are not of the object any more: objects of more readings are not seen"""
SAME = 0.97
"""of the nearest neighbours have the same label; honest tables: 0.63 to 0.998"""
DROP = 0.12
"""fewer of the far neighbours have it; honest tables with `SAME`: at most 0.16, and these are not `CLOSER`"""
CLOSER = 3.0
"""times as far are these (median); honest tables with `DROP`: at most 3.0, sonar, pima, ionosphere read three to six
times: 3.6 to 7.3"""


class Alike(NamedTuple):
    """Neighbours among the training examples."""

    nearest: float
    """share of the nearest ones that have the same label"""
    far: float
    """the same of far ones"""
    closer: float
    """times as far are these"""
    distance: float
    asked: Array  # (m,)
    """numbers in the sample"""
    close: Array  # (m,) bool
    """has a neighbour that is much closer than the far ones, and of the same label"""

    @property
    def of_one_object(self) -> bool:
        """Whether the nearest neighbour is another reading of the same object."""
        return self.nearest >= SAME and self.nearest - self.far >= DROP and self.closer >= CLOSER


@fact
def alike(dataset: DataSet) -> tuple[Alike | None, ...]:
    """Of every split, by the training data; None where that cannot be said."""
    parts = labelled(dataset)
    train = parts[0]
    if dataset.train.form is not Form.TABLE or isinstance(train, str) or train.codes is None:
        return (None,) * len(parts)
    base = _each_once(dataset, 0, train)
    if len(base) < FEWEST or len(np.unique(train.codes)) < 2:
        return (None,) * len(parts)
    found = []
    for number, one in enumerate(parts):
        usable = not isinstance(one, str) and one.codes is not None and one.classes == train.classes
        found.append(_of_split(dataset, number, one, train, base) if usable and not isinstance(one, str) else None)
    return tuple(found)


def _each_once(dataset: DataSet, number: int, one: Labelled) -> Array:
    """Positions in the labelled examples; of equal ones the first."""
    first = first_equal(row_hashes(dataset.samples[number])[one.at])
    return np.flatnonzero(first == np.arange(len(first)))


def _of_split(dataset: DataSet, number: int, one: Labelled, train: Labelled, base: Array) -> Alike | None:
    from sklearn.neighbors import NearestNeighbors

    rows = _each_once(dataset, number, one)
    rows = np.sort(np.random.default_rng(0).permutation(rows)[:MOST])
    if len(rows) < FEWEST_ASKED or one.codes is None or train.codes is None:
        return None
    matrix = reduced(np.concatenate([train.standardised[base], one.standardised[rows]]))
    model = NearestNeighbors(n_neighbors=FAR[1] + (number == 0), algorithm="brute").fit(matrix[: len(base)])
    distance, at = model.kneighbors(matrix[len(base) :])
    if number == 0:
        distance, at = distance[:, 1:], at[:, 1:]
    same = train.codes[base][at] == one.codes[rows][:, None]
    far = distance[:, FAR[0] - 1 :].mean(axis=1)
    first = np.maximum(distance[:, 0], 1e-9)
    return Alike(
        nearest=float(same[:, 0].mean()), far=float(same[:, FAR[0] - 1 :].mean()),
        closer=float(np.median(far / first)), distance=float(np.median(first)), asked=one.at[rows],
        close=same[:, 0] & (far >= math.sqrt(CLOSER) * first),
    )  # fmt: skip


def shared_objects(dataset: DataSet, number: int) -> SharedExamples | None:
    """Held-out examples that are readings of objects of the training data; None where there are none."""
    train, mine = alike(dataset)[0], alike(dataset)[number]
    if train is None or mine is None or not (train.of_one_object and mine.of_one_object):
        return None
    sample = dataset.samples[number]
    rows = mine.asked[mine.close]
    return SharedExamples(
        split=sample.split, other=dataset.train.split, sameness=Sameness.OF_ONE_OBJECT, looked_at=len(mine.asked),
        count=len(rows), own_share=float(train.close.mean()), gap=math.log(mine.closer), distance=mine.distance,
        typical=mine.distance * mine.closer, rows=tuple(int(row) for row in sample.rows[rows[:MOST_ROWS]]),
        other_rows=(),
    )  # fmt: skip
