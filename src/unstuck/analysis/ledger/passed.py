"""The examples that passed, each once, with what is known of them.

Shapes: *n* examples, *v* visits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.ledger.visits import Ledger, Visits, groups, turns
from unstuck.record.ledger import Batch, Phase, Source

Array = np.ndarray[Any, Any]

WIDEST_LABEL = 8
"""numbers of a label by which equal inputs are told apart"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Passed:
    """The examples of one source, in one phase."""

    source: Source
    phase: Phase
    rows: Array  # (n,) int64, ascending
    located: bool
    """``rows`` are positions in the user's data; else the order in which they were first seen"""
    size: int | None
    """examples that the source has"""
    inputs: Array | None  # (n, …)
    has_input: Array  # (n,) bool
    second: tuple[Array, Array] | None
    """(m,) numbers of the examples whose input is known of a second visit, too, and (m, …) these inputs"""
    labels: Array | None  # (n, …)
    has_label: Array  # (n,) bool
    relabelled: int
    """examples whose label was another one at another visit"""
    visits: Visits
    example: Array  # (v,) number of the example
    outputs: Array | None  # (v, K)
    visit_labels: Array | None  # (v, …)
    function: str | None
    """the loss function, of the phase or else of the training"""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def epoch(self) -> Array:  # (v,)
        """How often the example was seen before."""
        return turns(self.example)


def passed(ledger: Ledger, visits: Visits, home: int, phase: Phase, function: str | None = None) -> Passed | None:
    """The examples of some visits, all of one home.

    Args:
        ledger: all entries.
        visits: of batches of one phase.
        home: the source.
        phase: of the visits.
        function: the loss function where their batches have none.

    Returns:
        None where no example can be told from another.
    """
    labels = gathered(visits, lambda batch: batch.labels)
    located = bool((visits.row >= 0).any())
    known = visits.row >= 0 if located else visits.keyed
    if not known.any():
        return None
    visits = visits.only(known)
    labels = None if labels is None else (labels[0][known], labels[1][known])
    if located:
        rows, example = np.unique(visits.row, return_inverse=True)
    else:
        example = _numbers(visits, None if labels is None else labels[0])
        rows = np.arange(int(example.max()) + 1)
    example = example.reshape(-1)
    by_shape = _by_shape(visits, example)
    inputs, has_input, taken = _inputs(by_shape, len(rows))
    given, has_label, relabelled = _labels(labels, example, len(rows))
    if relabelled and labels is not None and given is not None:
        given = _beside_inputs(given, labels, taken, _changed(visits, example, len(rows)))
    source = ledger.source(home)
    outputs = gathered(visits, lambda batch: batch.outputs)
    functions = Counter(batch.function for batch in visits.batches if batch.phase is phase and batch.function)
    return Passed(
        source=source, phase=phase, rows=rows.astype(np.int64), located=located, size=source.size, inputs=inputs,
        has_input=has_input, second=_second(by_shape, inputs, len(rows)),
        labels=given, has_label=has_label, relabelled=relabelled, visits=visits, example=example,
        outputs=None if outputs is None else _finite(*outputs), visit_labels=None if labels is None else labels[0],
        function=max(functions, key=lambda one: functions[one]) if functions else function,
    )  # fmt: skip


def _finite(values: Array, has: Array) -> Array:
    """NaN where there is none."""
    return values if has.all() else np.where(has.reshape(-1, *[1] * (values.ndim - 1)), values, np.nan)


def _numbers(visits: Visits, labels: Array | None) -> Array:
    """Number of each example by its first visit; equal ones in one round are several, not those of a batch again."""
    code = np.zeros(len(visits), np.int64) if labels is None else _codes(labels)
    group = groups(visits.key, code, turns(visits.round, _uses(visits), visits.key, code))
    _, first = np.unique(group, return_index=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(number[group])


def _uses(visits: Visits) -> Array:
    """How often the same batch was used just before: with a step that computes its loss twice. (v,)"""
    numbers, which, sizes = np.unique(visits.batch, return_inverse=True, return_counts=True)
    sums = np.zeros(len(numbers), np.uint64)
    mixed = visits.key.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    np.add.at(sums, which, mixed ^ (mixed >> np.uint64(31)))
    again = np.r_[False, (sums[1:] == sums[:-1]) & (sizes[1:] == sizes[:-1])]
    at = np.arange(len(numbers))
    return np.asarray((at - np.maximum.accumulate(np.where(again, 0, at)))[which])


def _codes(labels: Array) -> Array:
    """A number for each label, equal where they are equal."""
    flat = np.nan_to_num(labels.reshape(len(labels), -1))
    if flat.shape[1] > WIDEST_LABEL:
        return np.zeros(len(flat), np.int64)
    return np.asarray(np.unique(flat, axis=0, return_inverse=True)[1].reshape(-1))


def gathered(visits: Visits, of: Callable[[Batch], Array | None]) -> tuple[Array, Array] | None:
    """An array of the batches by visits, and which visits have it; None where none has.

    Args:
        visits: in the order of their batches.
        of: the array of a batch, (size of the batch, …); the shape that most examples have counts.
    """
    shapes: Counter[tuple[int, ...]] = Counter()
    for _, _, array in _parts(visits, of):
        shapes[array.shape[1:]] += len(array)
    if not shapes:
        return None
    shape = max(shapes, key=lambda one: shapes[one])
    parts = [(at, index, array) for at, index, array in _parts(visits, of) if array.shape[1:] == shape]
    dtype = np.result_type(*{array.dtype for _, _, array in parts})
    values, has = np.zeros((len(visits), *shape), dtype), np.zeros(len(visits), bool)
    for at, index, array in parts:
        good = index < len(array)
        values[at[good]], has[at[good]] = array[index[good]], True
    return values, has


def _parts(visits: Visits, of: Callable[[Batch], Array | None]) -> Iterator[tuple[Array, Array, Array]]:
    """For each batch with the array: its visits, their positions in the batch, the array."""
    for number, at in _by_batch(visits):
        array = of(visits.batches[number])
        if array is not None and array.ndim:
            yield at, visits.at[at], array


def _by_batch(visits: Visits) -> Iterator[tuple[int, Array]]:
    numbers, begin = np.unique(visits.batch, return_index=True)
    ends = np.append(begin[1:], len(visits))
    for number, start, end in zip(numbers.tolist(), begin.tolist(), ends.tolist(), strict=True):
        yield number, np.arange(start, end)


_ByShape = dict[tuple[int, ...], list[tuple[Array, Array, Array]]]
"""shape of an input → numbers of the examples of a batch, their inputs, and their visits"""


def _by_shape(visits: Visits, example: Array) -> _ByShape:
    """Inputs that were written down, in their order."""
    found: _ByShape = {}
    for number, at in _by_batch(visits):
        batch = visits.batches[number]
        if batch.inputs is None or not batch.inputs.ndim:
            continue
        where = np.full(int(visits.at[at].max()) + 1, -1)
        kept = np.arange(len(batch.inputs)) if batch.kept is None else batch.kept
        inside = kept < len(where)
        where[kept[inside]] = np.arange(len(kept))[inside]
        index = where[visits.at[at]]
        there = index >= 0
        found.setdefault(batch.inputs.shape[1:], []).append(
            (example[at[there]], batch.inputs[index[there]], at[there])
        )
    return found


def _inputs(by_shape: _ByShape, count: int) -> tuple[Array | None, Array, Array]:
    """The input of each example at its first visit that has one, which have one, and that visit."""
    has, visit = np.zeros(count, bool), np.full(count, -1)
    if not by_shape:
        return None, has, visit
    shape = max(by_shape, key=lambda one: sum(len(part[0]) for part in by_shape[one]))
    found = np.zeros((count, *shape), np.result_type(*{part[1].dtype for part in by_shape[shape]}))
    for examples, array, at in by_shape[shape]:
        new, once = np.unique(examples, return_index=True)
        fresh = ~has[new]
        found[new[fresh]], has[new[fresh]], visit[new[fresh]] = array[once[fresh]], True, at[once[fresh]]
    return found, has, visit


def _changed(visits: Visits, example: Array, count: int) -> Array:
    """Examples that came back with another input: by a random transform, or in a batch that the program has sorted."""
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(low, example[visits.keyed], visits.key[visits.keyed])
    np.maximum.at(high, example[visits.keyed], visits.key[visits.keyed])
    changed: Array = low < high
    return changed


def _beside_inputs(given: Array, labels: tuple[Array, Array], taken: Array, changed: Array) -> Array:
    """The labels, of examples that changed the one that came with the input that is known."""
    values, has = labels
    at = np.flatnonzero(changed & (taken >= 0))
    at = at[has[taken[at]]]
    beside = given.copy()
    beside[at] = values[taken[at]]
    return beside


def _second(by_shape: _ByShape, inputs: Array | None, count: int) -> tuple[Array, Array] | None:
    """Examples whose input was written down at two visits, and what it was at the second."""
    if inputs is None:
        return None
    times = np.zeros(count, np.int64)
    numbers, values = [], []
    for examples, array, _ in by_shape.get(inputs.shape[1:], ()):
        new, once = np.unique(examples, return_index=True)
        back = times[new] == 1
        numbers.append(new[back])
        values.append(array[once[back]])
        times[new] += 1
    found = np.concatenate(numbers) if numbers else np.zeros(0, np.int64)
    return (found, np.concatenate(values)) if len(found) else None


def _labels(
    labels: tuple[Array, Array] | None, example: Array, count: int
) -> tuple[Array | None, Array, int]:
    """The last label of each example; which have one; of how many it changed."""
    has = np.zeros(count, bool)
    if labels is None or not labels[1].any():
        return None, has, 0
    values, has_visit = labels
    given = np.zeros((count, *values.shape[1:]), values.dtype)
    numbers = example[has_visit]
    given[numbers] = values[has_visit]  # the last one stays
    has[numbers] = True
    other = (values != given[example]).reshape(len(example), -1).any(axis=1) & has_visit
    if values.dtype.kind == "f":
        both = np.isnan(values) & np.isnan(given[example])
        other &= ~both.reshape(len(example), -1).all(axis=1)
    return given, has, len(np.unique(example[other]))
