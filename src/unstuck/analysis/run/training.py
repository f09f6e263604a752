"""One training of a run, as rules and figures read it: its losses, what went into them, its layers over time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from unstuck.analysis.run.graph import Graph
from unstuck.record import events, schema
from unstuck.record.reader import Event, Part, Record
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]
OfTraining = TypeVar(
    "OfTraining", events.Series, events.Model, events.SampledStep, events.LossCall, events.InputSeen, events.GraphSeen,
    events.TensorPlace, events.Detached, events.Nonfinite, events.Evaluation, events.BlindStep,
)  # fmt: skip
"""events that belong to one training"""
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

    place: Event
    """the ``place`` event: id, what, name, layer, op"""
    step: Array
    """(S,)"""
    columns: dict[str, Array]
    """each (S,), by the names of `schema.SUMMARY`"""

    def __getitem__(self, column: str) -> Array:
        return self.columns[column]


class Training:
    """One optimisation of one set of parameters."""

    def __init__(self, part: Part, number: int, until: int | None = None) -> None:
        self.part = part
        self.number = number
        self.until = until

    def cut(self, steps: int) -> Training:
        """The same with the losses of the run's first so many backward calls alone."""
        return Training(self.part, self.number, steps)

    def rows(self, kind: Kind, series: int) -> Array:
        """The tape's rows of one series."""
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
            role = event["role"]
            kind = Kind.BACKWARD if role == "train" else Kind.EVAL_LOSS
            rows = self.rows(kind, event["id"])
            found.append(
                Series(
                    event["id"], role, event.get("function"), event.get("file"), event.get("line"),
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
    def loss(self) -> Series | None:
        """The main training loss: the longest series."""
        return self.losses[0] if self.losses else None

    @cached_property
    def optimizers(self) -> tuple[Event, ...]:
        """The ``optimizer`` events: id, class, file, line, groups, parameters (their ids)."""
        found = self.part.of(events.Optimizer)
        serves = {event.id: event.training for event in found}  # the latest word counts
        mine = (self.number, None) if self.number == 0 else (self.number,)
        return tuple(event for event in found if serves[event.id] in mine)

    @cached_property
    def models(self) -> tuple[Event, ...]:
        """The ``model`` events, the latest for each model: name, class, modules, parameters."""
        latest = {event["id"]: event for event in self.of(events.Model)}
        return tuple(latest.values())

    @cached_property
    def modules(self) -> dict[str, Event]:
        """All modules of this training's models by name: class, file, line, settings."""
        return {module["name"]: module for model in self.models for module in model["modules"]}

    @cached_property
    def parameters(self) -> dict[int, Event]:
        """All parameters by id: name, layer, shape, requires_grad, loaded."""
        return {p["id"]: p for model in self.models for p in model["parameters"]}

    @cached_property
    def windows(self) -> tuple[Event, ...]:
        """The ``window`` events: what each sampled step found."""
        return self.of(events.SampledStep)

    @cached_property
    def loss_calls(self) -> tuple[Event, ...]:
        """The ``loss_call`` events: function, series, phase, input and target as they were."""
        return self.of(events.LossCall)

    @cached_property
    def inputs(self) -> tuple[Event, ...]:
        """The ``input`` events: statistics of the data that entered the first layers."""
        return self.of(events.InputSeen)

    @cached_property
    def graphs(self) -> tuple[Graph, ...]:
        """The autograd graphs above the loss, one for each distinct structure, in order of time."""
        return tuple(Graph.from_event(event) for event in self.of(events.GraphSeen))

    def steps_of(self, optimizer: int) -> Array:
        """The rows of one optimiser's steps; ``value`` is the learning rate."""
        return self.part.rows(Kind.STEP, optimizer)

    @cached_property
    def tracks(self) -> tuple[Track, ...]:
        """Every place of this training with its summaries over time."""
        mine = {event["id"]: event for event in self.of(events.TensorPlace)}
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
        return tuple(track for track in self.tracks if track.place["what"] == what)


def by_step(track: Track, column: str, keep: str = "min") -> tuple[Array, Array]:
    """(steps, values): the lowest (or highest) value of each step, for a layer that runs several times a step."""
    good = np.isfinite(track[column]) & (np.nan_to_num(track["nonfinite"]) == 0)  # a NaN fires no unit
    steps = np.unique(track.step[good])
    choose = np.min if keep == "min" else np.max
    return steps, np.array([choose(track[column][good & (track.step == step)]) for step in steps])


def trainings(record: Record) -> tuple[Training, ...]:
    """The trainings of the record's main part, in order of their first backward; the same ones at each call."""
    if "trainings" not in record.worked_out:
        record.worked_out["trainings"] = _trainings(record)
    found: tuple[Training, ...] = record.worked_out["trainings"]
    return found


def _trainings(record: Record) -> tuple[Training, ...]:
    part = record.main
    if part is None:
        return ()
    numbers = dict.fromkeys(
        event["training"] for event in part.of(events.Series) if event.get("training") is not None
    )
    if not numbers and any(part.of(kind) for kind in WITHOUT_BACKWARD):
        numbers = {0: None}  # a training that never came to a backward
    return tuple(Training(part, number) for number in numbers)
