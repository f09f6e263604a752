"""One training of a run, as rules and figures read it: its losses, what went into them, its layers over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.graph import Graph
from unstuck.record import events, schema
from unstuck.record.events.data.passed import HeldOutPass
from unstuck.record.events.data.splits import Split
from unstuck.record.reader import Part, Record
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]
OfTraining = TypeVar(
    "OfTraining", events.Series, events.Model, events.SampledStep, events.LossCall, events.InputSeen, events.GraphSeen,
    events.TensorPlace, events.Detached, events.Nonfinite, events.Evaluation, events.BlindStep,
    events.LayerModes, events.Packed,
)  # fmt: skip
"""events that belong to one training"""
NO_PASSES: Mapping[str, Sequence[HeldOutPass]] = MappingProxyType({})
WITHOUT_BACKWARD = (events.Optimizer, events.Detached, events.LossCall, events.BlindStep)
"""events that show a training that never came to a backward call"""


@dataclass(frozen=True, slots=True)
class Series:
    """A loss over time. ``index[i]`` = number of backward calls made before value i was recorded."""

    id: int
    role: str
    """``train`` (a backward followed) or ``eval`` (none did)"""
    function: str | None
    """``cross_entropy``, ``mse_loss``…; None for one written by hand"""
    file: str | None
    line: int | None
    index: Array
    time: Array
    value: Array


@dataclass(frozen=True, slots=True)
class Track:
    """One place (a parameter, an output, an activation…) and its summaries over the sampled steps."""

    place: events.TensorPlace
    step: Array
    """(S,)"""
    columns: dict[str, Array]
    """each (S,), by the names of `schema.SUMMARY`"""

    def __getitem__(self, column: str) -> Array:
        return self.columns[column]


class Training:
    """One optimisation of one set of parameters."""

    def __init__(
        self, part: Part, number: int, until: int | None = None, passes: Mapping[str, Sequence[HeldOutPass]] = NO_PASSES
    ) -> None:
        self.part = part
        self.number = number
        self.until = until
        self.passes = passes
        """name of held-out data → what was seen of each pass over it, in order"""
        self.facts: dict[Callable[..., Any], Any] = {}
        """what was worked out from it, see `analysis.fact`"""

    def cut(self, steps: int) -> Training:
        """The same with the losses of the run's first so many backward calls alone."""
        return Training(self.part, self.number, steps, self.passes)

    def rows(self, kind: Kind, series: int) -> Array:
        """The timeline rows of one series."""
        rows = self.part.rows(kind, series)
        return rows if self.until is None else rows[rows["index"] < self.until]

    def of(self, kind: type[OfTraining]) -> tuple[OfTraining, ...]:
        """This training's events of one kind; what came before any training counts to the first."""
        mine = (self.number, None) if self.number == 0 else (self.number,)
        return tuple(event for event in self.part.of(kind) if event.training in mine)

    @cached_property
    def all_series(self) -> tuple[Series, ...]:
        """Every loss series, training ones first, the longest first."""
        found = []
        for event in self.of(events.Series):
            kind = Kind.BACKWARD if event.role == "train" else Kind.EVAL_LOSS
            rows = self.rows(kind, event.id)
            found.append(
                Series(
                    event.id, event.role, event.function, event.file, event.line,
                    rows["index"], rows["time"], rows["value"],
                )
            )
        return tuple(sorted(found, key=lambda series: (series.role != "train", -len(series.value))))

    @property
    def losses(self) -> tuple[Series, ...]:
        """The series on which backward was called, the longest first."""
        return tuple(series for series in self.all_series if series.role == "train" and len(series.value))

    @property
    def evals(self) -> tuple[Series, ...]:
        """The series that were only computed (validation), the longest first."""
        return tuple(series for series in self.all_series if series.role == "eval" and len(series.value))

    @property
    def backward_calls(self) -> int:
        """The number of the last backward call, and 1: other trainings' calls are counted as well."""
        return max((int(series.index[-1]) + 1 for series in self.losses), default=0)

    @property
    def loss(self) -> Series | None:
        """The main training loss: the longest series."""
        return self.losses[0] if self.losses else None

    @cached_property
    def optimizers(self) -> tuple[events.Optimizer, ...]:
        """Every state of this training's optimisers, in order of time."""
        found = self.part.of(events.Optimizer)
        serves = {event.id: event.training for event in found}  # the latest word counts
        mine = (self.number, None) if self.number == 0 else (self.number,)
        return tuple(event for event in found if serves[event.id] in mine)

    @cached_property
    def models(self) -> tuple[events.Model, ...]:
        """The latest description of each model."""
        latest = {model.id: model for model in self.of(events.Model)}
        return tuple(latest.values())

    @cached_property
    def modules(self) -> dict[str, events.ModuleFacts]:
        """All modules of this training's models, by name."""
        return {module.name: module for model in self.models for module in model.modules}

    @cached_property
    def parameters(self) -> dict[int, events.ParameterFacts]:
        """All parameters of this training's models, by id."""
        return {parameter.id: parameter for model in self.models for parameter in model.parameters}

    @cached_property
    def sampled_steps(self) -> tuple[events.SampledStep, ...]:
        """The steps that were measured in detail."""
        return self.of(events.SampledStep)

    @cached_property
    def loss_calls(self) -> tuple[events.LossCall, ...]:
        """The recorded calls of loss functions, with input and target in numbers."""
        return self.of(events.LossCall)

    @cached_property
    def inputs(self) -> tuple[events.InputSeen, ...]:
        """The data that entered the first layers, in numbers."""
        return self.of(events.InputSeen)

    @cached_property
    def graphs(self) -> tuple[Graph, ...]:
        """The autograd graphs above the loss, one for each distinct structure, in order of time."""
        return tuple(Graph.of(event) for event in self.of(events.GraphSeen))

    def steps_of(self, optimizer: int) -> Array:
        """The rows of one optimiser's steps; ``value`` is the learning rate."""
        return self.part.rows(Kind.STEP, optimizer)

    @cached_property
    def tracks(self) -> tuple[Track, ...]:
        """Every place of this training with its summaries over time."""
        mine = {place.id: place for place in self.of(events.TensorPlace)}
        rows: dict[int, list[tuple[int, Array]]] = {}
        for frame in self.part.frames:
            if frame.what != schema.SUMMARY_FRAME:
                continue
            for place, values in zip(frame.places.tolist(), frame.values, strict=True):
                if place in mine:
                    rows.setdefault(place, []).append((frame.step, values))
        tracks = []
        for place, found in rows.items():
            table = np.stack([values for _, values in found]).astype(np.float64)
            columns = {name: table[:, i] for i, name in enumerate(schema.SUMMARY_NAMES)}
            tracks.append(Track(mine[place], np.array([step for step, _ in found]), columns))
        return tuple(tracks)

    def tracked(self, what: str) -> tuple[Track, ...]:
        """The tracks of one kind: ``weight``, ``gradient``, ``update``, ``output`` or ``activation``."""
        return tuple(track for track in self.tracks if track.place.what == what)


def by_step(track: Track, column: str, keep: str = "min") -> tuple[Array, Array]:
    """(steps, values): the lowest (or highest) value of each step, for a layer that runs several times a step."""
    good = np.isfinite(track[column]) & (np.nan_to_num(track["nonfinite"]) == 0)  # a NaN fires no unit
    steps = np.unique(track.step[good])
    choose = np.min if keep == "min" else np.max
    return steps, np.array([choose(track[column][good & (track.step == step)]) for step in steps])


@fact
def trainings(record: Record) -> tuple[Training, ...]:
    """The trainings of the record's main part, in order of their first backward; the same ones at each call."""
    part = record.main
    if part is None:
        return ()
    numbers = dict.fromkeys(
        series.training for series in part.of(events.Series) if series.training is not None
    )
    if not numbers and any(part.of(kind) for kind in WITHOUT_BACKWARD):
        numbers = {0: None}  # a training that never came to a backward
    return tuple(Training(part, number, passes=_passes(record, number)) for number in numbers)


def _passes(record: Record, training: int) -> Mapping[str, Sequence[HeldOutPass]]:
    """Over each held-out set of a training."""
    names = {split.id: split.name for part in record.parts for split in part.of(Split)}
    found: dict[str, list[HeldOutPass]] = {}
    for event in (event for part in record.parts for event in part.of(HeldOutPass)):
        if event.training == training:
            found.setdefault(names.get(event.split, ""), []).append(event)
    return found
