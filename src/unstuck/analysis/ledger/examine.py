"""Examine what passed through a run, and write what was found to its record: facts, and never the examples."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.data.augmentation_strength import what_is_left
from unstuck.analysis.data.measure import measure_run
from unstuck.analysis.ledger.batches import batch_mix
from unstuck.analysis.ledger.dataset import Examined, changed, examined
from unstuck.analysis.ledger.epochs import dynamics
from unstuck.analysis.ledger.held_out import passes
from unstuck.analysis.ledger.splits import Splits, splits_of
from unstuck.analysis.ledger.visits import Ledger
from unstuck.core.outcome import TooLittle
from unstuck.record import schema
from unstuck.record.events.data.augmentation import Augmentation
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.order import HeldOutPower
from unstuck.record.events.data.passed import NotExamined
from unstuck.record.ledger import entries
from unstuck.record.writer import PartWriter

if TYPE_CHECKING:
    import mmap
    from pathlib import Path

    from unstuck.record.events.base import Event

PART = "examined"
"""name of the part in the record"""


def examine(directory: Path, memory: mmap.mmap) -> bool:
    """Write a part about the data of a run; never raises.

    Args:
        directory: of the record.
        memory: the ledger (`unstuck.record.ledger.mapped`); it may be closed afterwards.

    Returns:
        Whether anything was written.
    """
    try:
        ledger = Ledger.of(entries(memory))
        if not ledger.batches:
            return False
        writer = PartWriter(directory / schema.PARTS / PART, {"pid": os.getpid(), "rank": 0})
    except Exception:  # no directory, or no room: the run's own record is what counts
        return False
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for event in events_of(ledger):
                writer.write(event, essential=True)
    except Exception as error:  # a full disk; all else is told by `events_of`
        del error
    with suppress(OSError):
        writer.close()
    return True


def events_of(ledger: Ledger) -> Iterator[Event]:
    """All that there is to say; what fails is an event as well."""
    try:
        splits = splits_of(ledger)
        data = examined(splits)
    except TooLittle as reason:
        yield NotExamined(why=str(reason))
        return
    except Exception as error:
        yield _broken(error)
        return
    for part in data.parts:
        yield part.split
    yield from _came_back(data)
    for event in measure_run(data.dataset):
        yield _of_all_folds(event, data, splits) if isinstance(event, HeldOutPower) else event
    try:
        yield from _courses(data)
    except Exception as error:
        yield _broken(error)


def _of_all_folds(event: HeldOutPower, data: Examined, splits: Splits) -> HeldOutPower:
    """With the examples of the other trainings."""
    part = next(part for part in data.parts if part.split.id == event.split)
    at = next(at for at, one in enumerate((splits.train, *splits.held_out)) if one is part.passed)
    return replace(event, in_all=splits.in_all[at])


def _broken(error: Exception) -> NotExamined:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return NotExamined(why=f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})", broke=True)


def _came_back(data: Examined) -> Iterator[Augmentation]:
    """The examples that entered the network differently in another pass, and what is left of them then."""
    for part in data.parts:
        back, other = changed(part.passed)
        found = Augmentation(
            split=part.split.id, looked_at=len(back), differing=len(other),
            rows=tuple(part.passed.rows[other[:MOST_ROWS]].tolist()),
        )  # fmt: skip
        yield _with_what_is_left(data, found) if part is data.train and part.sample.augmented else found


def _with_what_is_left(data: Examined, found: Augmentation) -> Augmentation:
    plain = next((at for at, part in enumerate(data.parts) if at and not part.sample.augmented), None)
    try:
        left = None if plain is None else what_is_left(data.dataset, plain)
    except Exception:  # the rest counts
        left = None
    if plain is None or left is None:
        return found
    return replace(
        found, other=data.parts[plain].split.id, told=left.told, told_held_out=left.told_held_out,
        told_by_chance=left.by_chance, likeness=left.likeness, likeness_held_out=left.likeness_held_out,
    )  # fmt: skip


def _courses(data: Examined) -> Iterator[Event]:
    """Held-out figures over the run, and how each training example was learned."""
    for part in data.parts[1:]:
        yield from passes(part.passed, part.split.id, part.split.training or 0)
    train = data.train
    yield batch_mix(train.passed, train.sample.target, train.at)
    if train.sample.target is not None:
        course = dynamics(train.passed, train.sample.target, train.at, train.sample.rows)
        if course is not None:
            yield course
