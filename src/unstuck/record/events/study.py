"""The events of a study: what was searched, every trial, what each hyper-parameter did, what a second look said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from unstuck.record.events.base import Event, Number

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySetup(Event):
    """What was asked for."""

    kind: ClassVar[str] = "study_setup"
    since: ClassVar[int] = 2
    name: str
    target: str = ""
    """the script, or the build function"""
    objective: str = "held-out loss"
    maximize: bool = False
    sampler: str = ""
    pruner: str = ""
    storage: str = ""
    """without a password"""
    seed: int = 0
    trials: int = 0
    """that were asked for"""
    executions: int = 1
    command: str = ""
    """that trains with the best setting; "" where there is none"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedParameter(Event):
    """One hyper-parameter that was searched."""

    kind: ClassVar[str] = "searched_parameter"
    since: ClassVar[int] = 2
    name: str
    low: Number = None
    high: Number = None
    log: bool = False
    whole: bool = False
    choices: tuple[str, ...] = ()
    condition: str = ""
    """when it is searched, in words; "" for always"""
    importance: Number = None
    """share of the variance of the objective that it explains"""
    evaluator: str = ""
    """how the importance was worked out"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTrial(Event):
    """One setting that was tried."""

    kind: ClassVar[str] = "study_trial"
    since: ClassVar[int] = 2
    number: int
    status: str
    """complete, pruned, diverged, failed, lost, running or waiting"""
    setting: Mapping[str, Value] = field(default_factory=dict)
    value: Number = None
    """mean over the executions; of a pruned trial what it had reached"""
    values: tuple[float, ...] = ()
    """of each execution"""
    intermediate: tuple[float, ...] = ()
    """what it reported on its way"""
    seconds: Number = None
    message: str = ""
    """why it failed, diverged or was lost"""
    record: str = ""
    """of its run"""
    verdict: str = ""
    answer: str = ""
    """of the run, by its diagnosis"""
    training_loss: Number = None
    parameters: int | None = None
    """numbers that were trained"""
    source: str = ""
    """who chose the setting: ``learning rate`` (all else at its default), ``spread``, ``model``, ``retry``"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedTrial(Event):
    """A good trial that was trained again, with other seeds."""

    kind: ClassVar[str] = "confirmed_trial"
    since: ClassVar[int] = 2
    number: int
    observed: float
    values: tuple[float, ...] = ()
    """one for each new seed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementSlice(Event):
    """What the model believes along one hyper-parameter, all others as in the best trial, for one of its samples."""

    kind: ClassVar[str] = "improvement_slice"
    since: ClassVar[int] = 2
    parameter: str
    length: Number = None
    """length scale of the parameter in this sample, in widths of its range; None for the mean over all samples"""
    samples: int = 1
    """how many it is the mean of"""
    x: tuple[float, ...] = ()
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    improvement: tuple[float, ...] = ()
    """expected improvement, in the unit of the objective"""
