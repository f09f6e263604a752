"""What was done with each pass over a loader, and how the network was called outside of training steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.curves import same_kind
from unstuck.analysis.run.training import Training
from unstuck.core.vocabulary import CLASS_LOSSES
from unstuck.record import events
from unstuck.record.reader import Part
from unstuck.record.schema import Kind

HELD_OUT_NAME = re.compile(
    r"(?<![a-z])(val|valid|validation|test|testing|dev|eval|evaluation|held_?out|hold_?out)"
    r"(?=$|[^a-z]|data|set|load|dl|iter|queue|gen|batch)"
)
"""in what the user calls his loader or his data, in small letters"""
RARE = 4
"""backward calls between two evaluations; more often, it is a part of the training step"""


@dataclass(frozen=True, slots=True)
class LoaderPass:
    """From where a loader begins to be gone through to where any loader begins anew."""

    loader: int
    index: int
    """backward calls before it"""
    backward: int
    """backward calls in it"""
    optimizers: frozenset[int]
    """that stepped in it"""


def loader_passes(part: Part) -> tuple[LoaderPass, ...]:
    """Every pass, in order."""
    tape = part.timeline
    begins = np.flatnonzero(tape["kind"] == Kind.EPOCH)
    ends = np.append(begins, len(tape))[1:]
    found = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        rows = tape[begin:end]
        stepped = frozenset(int(one) for one in np.unique(rows["source"][rows["kind"] == Kind.STEP]))
        backward = int((rows["kind"] == Kind.BACKWARD).sum())
        found.append(LoaderPass(int(tape["source"][begin]), int(tape["index"][begin]), backward, stepped))
    return tuple(found)


def loader_names(training: Training) -> dict[int, str]:
    """What the user calls his loaders, by their numbers."""
    named = (event for event in training.part.of(events.Evaluation) if event.loader is not None and event.loader_name)
    return {event.loader: event.loader_name for event in named if event.loader is not None}


def is_held_out_name(name: str) -> bool:
    """Whether it says that this data is not to be trained on."""
    return HELD_OUT_NAME.search(name.lower()) is not None


@fact
def held_out_calls(training: Training) -> tuple[events.Evaluation, ...]:
    """Calls of the training's networks that measured them on other data than a training step's.

    Those on the first batch of a pass over a loader that is never trained on; those with gradients off that a loss of
    the training's kind followed; those of the one network of a classifier, where they are rare. A network that was
    called again with the same input was asked for more than one answer on purpose.
    """
    models = {model.id for model in training.models}
    mine = [event for event in training.of(events.Evaluation) if event.model in models]
    repeated = {(event.step, event.model) for event in mine if event.repeated}
    mine = [event for event in mine if (event.step, event.model) not in repeated]
    return tuple(sorted(
        {id(event): event for event in (*_of_loaders(training, mine), *_of_lines(training, mine))}.values(),
        key=lambda event: event.step,
    ))  # fmt: skip


def _of_loaders(training: Training, calls: list[events.Evaluation]) -> Iterator[events.Evaluation]:
    passes = loader_passes(training.part)
    trained = {one.loader for one in passes if one.backward}
    only_looked_at = {(one.loader, one.index) for one in passes if not one.backward and one.loader not in trained}
    for call in calls:
        if call.loader is not None and (call.loader, call.step) in only_looked_at:
            yield call


def _of_lines(training: Training, calls: list[events.Evaluation]) -> Iterator[events.Evaluation]:
    loss = training.loss
    if loss is None:
        return
    measured = {
        int(index) for series in training.evals if series.function is not None
        and same_kind(series.function, loss.function) for index in series.index
    }  # fmt: skip
    alone = len(training.models) == 1 and loss.function in CLASS_LOSSES
    by_line: dict[tuple[str | None, int | None], list[events.Evaluation]] = {}
    for call in calls:
        if call.loader is None and not call.gradients:
            by_line.setdefault((call.file, call.line), []).append(call)
    for same in by_line.values():
        # The first, second, fourth … time that the line is passed: the last was at least the 2^(n-1)-th.
        every = same[-1].step / 2 ** (len(same) - 1)
        for call in same:
            if call.step in measured or (alone and every >= RARE):
                yield call
