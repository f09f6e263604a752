"""Which parameters does a training reach, hold, step and move? Questions about its record, asked by several rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.analysis.run.training import Track, Training
from unstuck.core.finding import Place
from unstuck.record import events
from unstuck.record.reader import Event, Part
from unstuck.record.schema import Kind

RAISED = "does not require grad and does not have a grad_fn"
"""in the message of the error that backward raises on a loss without a graph"""
RAW = events.RAW_LEAVES
"""the optimiser's number under which a window tells of leaves that the user moves by hand"""


@dataclass(frozen=True, slots=True)
class Optimizer:
    """All that was told of one optimiser: its parameters over the whole run, its groups as they were last."""

    number: int
    kind: str
    place: Place
    parameters: frozenset[int]
    groups: tuple[Event, ...]
    steps: int


def optimizers(part: Part, training: Training | None = None) -> tuple[Optimizer, ...]:
    """The optimisers of one training, or of the whole part, each once."""
    told_of = training.optimizers if training is not None else part.of(events.Optimizer)
    counted: Event = next((e.get("steps") or {} for e in part.of(events.End)), {})
    told: dict[int, list[Event]] = {}
    for event in told_of:
        told.setdefault(event["id"], []).append(event)
    return tuple(
        Optimizer(
            number=number,
            kind=same[-1].get("class", "optimizer"),
            place=Place(file=same[-1].get("file"), line=same[-1].get("line")),
            parameters=frozenset(p for event in same for p in event.get("parameters", ())),
            groups=tuple(same[-1].get("groups", ())),
            steps=int(counted.get(str(number), 0)) or len(part.rows(Kind.STEP, number)),
        )
        for number, same in told.items()
    )


def windows_of(part: Part, number: int) -> tuple[tuple[int, Event], ...]:
    """(step, what was found) of one optimiser in every sampled step of the part."""
    return tuple(
        (sampled.step, sampled.optimizers[number])
        for sampled in part.of(events.SampledStep) if number in sampled.optimizers
    )


def reached(training: Training) -> frozenset[int]:
    """The leaves of every graph told: parameters that some loss is a function of."""
    return frozenset(node.leaf for graph in training.graphs for node in graph.nodes if node.leaf is not None)


def all_parameters(part: Part) -> dict[int, list[Event]]:
    """Every telling of every module's parameter, in order of time."""
    told: dict[int, list[Event]] = {}
    for event in part.of(events.Model):
        for parameter in event["parameters"]:
            told.setdefault(parameter["id"], []).append(parameter)
    return told


def backward_place(training: Training, parameters: frozenset[int]) -> Place:
    """The line of the backward whose loss reaches any of these parameters; else that of the main loss."""
    lines = {series.id: Place(file=series.file, line=series.line) for series in training.losses}
    for graph in training.graphs:
        if graph.series in lines and any(node.leaf in parameters for node in graph.nodes):
            return lines[graph.series]
    return next(iter(lines.values()), Place())


def backward_calls(training: Training) -> int:
    """How often backward was called in this training."""
    return sum(len(series.value) for series in training.losses)


def stays(track: Track) -> bool:
    """Whether a weight has the same summary at every sampled step."""
    columns = [track[name] for name in ("mean", "std", "min", "max", "norm")]
    return all(bool(np.all((c == c[0]) | (np.isnan(c) & np.isnan(c[0])))) for c in columns)


def elements(parameter: Event) -> int:
    """How many numbers a parameter holds."""
    return int(np.prod(parameter.get("shape") or [1]))


def named(names: list[str], limit: int = 3) -> str:
    """A few names and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
