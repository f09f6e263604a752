"""What held-out data shares with training data: examples, groups, a span of time.

A leak is held-out data that repeats training data more than training data repeats itself: coarse tables hold equal
rows by nature, and a random split of them is sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.copies import Near, beside_distance, comparable, labels_differ, near, usual
from unstuck.analysis.data.image_copies import image_copies, laid_vectors, uneven_pixels
from unstuck.analysis.data.neighbours import nearest
from unstuck.analysis.data.row_hashes import find_equal, first_equal, row_hashes
from unstuck.analysis.data.sample import Array, DataSet, Sample
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.copies import Sameness, SharedExamples, SharedGroups, TimeOrder

MOST_NAMES = 20
MIRRORED = (4, 6)
"""left to right, top to bottom"""


def shared_examples(dataset: DataSet) -> Iterator[SharedExamples]:
    """Exact and near copies of training examples in every held-out split."""
    for number, sample in enumerate(dataset.samples[1:], start=1):
        yield exact_copies(dataset.train, sample)
        yield near_copies(dataset, number)
        yield from image_copies(dataset, number)


def exact_copies(train: Sample, held_out: Sample) -> SharedExamples:
    """Held-out examples whose inputs stand in the training split."""
    mine, theirs = row_hashes(held_out), row_hashes(train)
    partner = find_equal(mine, theirs)
    rows = np.flatnonzero(partner >= 0)
    conflict = labels_differ(held_out, rows, train, partner[rows])
    order = np.argsort(~conflict, kind="stable")  # those with another label first
    rows, partners = rows[order], partner[rows[order]]
    _, counts = np.unique(theirs[theirs != 0], return_counts=True)
    own = float(counts[counts > 1].sum() / max(1, len(theirs)))
    return SharedExamples(
        split=held_out.split, other=train.split, sameness=Sameness.EXACT, looked_at=len(held_out), count=len(rows),
        own_share=own, chance=random_split_bound(theirs, mine), conflicting=int(conflict.sum()),
        by_own=chance_of_copies(len(rows), own * len(theirs), len(theirs), len(mine)),
        rows=_kept(held_out.rows[rows]), other_rows=_kept(train.rows[partners]),
    )  # fmt: skip


def random_split_bound(train: Array, held_out: Array) -> float:
    """Bound of the probability that a random split has so many held-out rows with a copy in training.

    The copies of one row are a group of k; at random, h of them are held out, and all h have a copy in training
    unless h = k. Chernoff's bound over the groups, which are nearly independent: exact where every group is split.
    """
    values, counts = np.unique(np.concatenate([train, held_out]), return_counts=True)
    held, held_counts = np.unique(held_out, return_counts=True)
    mine = np.zeros(len(values), dtype=int)
    mine[np.searchsorted(values, held)] = held_counts
    there = (counts > 1) & (values != 0)
    counts, mine = counts[there], mine[there]
    seen = int(mine[mine < counts].sum())
    share = len(held_out) / max(1, len(train) + len(held_out))
    if not seen:
        return 1.0
    tilts = np.linspace(0.0, 12.0, 97)
    bound = -tilts * seen
    for size, groups in zip(*np.unique(counts, return_counts=True), strict=True):
        with np.errstate(over="ignore"):
            # sum over h < k of e^(th) P(h), and P(k) e^0; in logarithms for large groups
            whole = size * np.log(1 - share + share * np.exp(tilts))
            all_held = size * np.log(share)
            tilted = all_held + size * tilts
            log = whole + np.log1p(-np.exp(np.minimum(tilted - whole, -1e-12)) + np.exp(all_held - whole))
        bound = bound + groups * log
    return float(min(1.0, np.exp(np.nanmin(bound))))


def near_copies(dataset: DataSet, number: int) -> SharedExamples:
    """Held-out examples that are closer to a training example than training examples are to each other."""
    sample = dataset.samples[number]
    (train, train_usable), (mine, usable) = comparable(dataset)[0], comparable(dataset)[number]
    hashes = row_hashes(dataset.train)
    single = np.flatnonzero(train_usable & (first_equal(hashes) == np.arange(len(hashes))))
    rows = np.flatnonzero(usable & (find_equal(row_hashes(sample), hashes) < 0))
    base = train[single]
    how = usual(base)
    beside = beside_distance(dataset)
    ways = _mirrored(dataset)
    asked = [mine[rows], *(_laid(sample, mine, rows, way) for way in ways)]
    found = near(
        np.concatenate(asked), base, how, beside=(np.tile(beside[number][rows], len(asked)), beside[0][single])
    )
    found = _each_once(found, len(rows))
    distances = how.distances
    for way in ways:
        laid = _laid(dataset.train, train, single[how.rows], way)
        distances = np.minimum(distances, nearest(laid, base, own=how.rows).distance)
    own = int((distances < found.distance).sum())
    conflict = labels_differ(sample, rows[found.rows], dataset.train, single[found.partners])
    return SharedExamples(
        split=sample.split, sameness=Sameness.NEAR, looked_at=len(rows), count=len(found.rows),
        own_share=own / max(1, len(how.rows)), by_own=chance_of_copies(len(found.rows), own, len(how.rows), len(rows)),
        conflicting=int(conflict.sum()), gap=found.gap, expected=found.expected, tail=found.tail,
        distance=found.distance, typical=how.typical if how.typical == how.typical else None,
        rows=_kept(sample.rows[rows[found.rows]]), other_rows=_kept(dataset.train.rows[single[found.partners]]),
    )  # fmt: skip


def _mirrored(dataset: DataSet) -> tuple[int, ...]:
    """Ways of `TURNS` in which a random transform may have laid training images: mirrored."""
    return MIRRORED if dataset.train.images is not None and dataset.train.augmented else ()


def _laid(sample: Sample, vectors: Array, rows: Array, way: int) -> Array:
    return laid_vectors(vectors[rows], uneven_pixels(sample, rows), way)


def _each_once(found: Near, count: int) -> Near:
    """The same where rows were asked for several times, each ``count`` rows: its closest copy counts."""
    rows = found.rows % max(1, count)
    first = np.sort(np.unique(rows, return_index=True)[1])
    return found._replace(rows=rows[first], partners=found.partners[first])


def chance_of_copies(count: int, own: float, of: int, looked_at: int) -> float:
    """Probability of so many copies if held-out rows had them as often as training rows, plus one of these, have.

    How often these have them is known to a standard error of √(2 own), as copies come in pairs: two of them are added.
    """
    from scipy.special import bdtrc

    rate = min(1.0, (own + 1 + 2 * math.sqrt(2 * own)) / (of + 1))
    return float(bdtrc(count - 1, looked_at, rate)) if count else 1.0


def shared_groups(dataset: DataSet) -> Iterator[SharedGroups]:
    """Groups, such as patients, on both sides of a split."""
    train = dataset.train
    if train.groups is None:
        return
    first = {group: at for at, group in reversed(list(enumerate(train.groups))) if group is not None}
    for sample in dataset.held_out:
        if sample.groups is None:
            continue
        known = [group for group in sample.groups if group is not None]
        sizes: dict[str, int] = {}
        for group in known:
            sizes[group] = sizes.get(group, 0) + 1
        shared = sorted((group for group in sizes if group in first), key=lambda group: -sizes[group])
        rank = {group: at for at, group in enumerate(shared)}
        rows = [at for at, group in enumerate(sample.groups) if group in rank]
        rows.sort(key=lambda at: rank[sample.groups[at]])  # type: ignore[index]
        yield SharedGroups(
            split=sample.split, other=train.split, looked_at=len(known), count=len(rows), groups=len(sizes),
            shared=len(shared), names=tuple(str(group) for group in shared[:MOST_NAMES]),
            rows=_kept(sample.rows[rows]),
            other_rows=tuple(int(train.rows[first[sample.groups[at]]]) for at in rows[:MOST_ROWS]),
        )  # fmt: skip


def time_orders(dataset: DataSet) -> Iterator[TimeOrder]:
    """How much of the training data is later than held-out data."""
    if dataset.train.times is None:
        return
    theirs = np.sort(dataset.train.times[np.isfinite(dataset.train.times)])
    for sample in dataset.held_out:
        if sample.times is None or not len(theirs):
            continue
        known = np.flatnonzero(np.isfinite(sample.times))
        if not len(known):
            continue
        times = sample.times[known]
        later = len(theirs) - np.searchsorted(theirs, times, side="right")
        before = known[np.argsort(times, kind="stable")][: int((later > 0).sum())]
        yield TimeOrder(
            split=sample.split, other=dataset.train.split, looked_at=len(known), count=len(before),
            later=float(later.mean() / len(theirs)), first=float(times.min()), last_of_training=float(theirs[-1]),
            rows=_kept(sample.rows[before]),
        )  # fmt: skip


def _kept(rows: Array) -> tuple[int, ...]:
    return tuple(int(row) for row in rows[:MOST_ROWS])
