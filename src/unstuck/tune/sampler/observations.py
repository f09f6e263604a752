"""What the finished trials of a study say: settings, values to be made small, seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from unstuck.tune.sampler.arrays import Array

DIVERGED = "unstuck:diverged"
"""attribute of a trial without a finite result, whose setting is to blame"""
LOST = "unstuck:lost"
"""attribute of a trial that says nothing of its setting: its worker died, or it was one too many"""
SECONDS = "unstuck:seconds"
"""attribute that overrides the duration of a trial"""
TOLD = "unstuck:told"
"""attribute of a failed trial whose own program reported its end: Optuna makes of NaN a failure and keeps no reason"""


@dataclass(frozen=True, slots=True)
class Observations:
    """Of the trials that the model learns from, in their order."""

    trials: tuple[FrozenTrial, ...]
    values: Array
    """to be made small, all finite"""
    seconds: Array
    """NaN where not known, or where the trial did not run to its end"""
    pending: tuple[FrozenTrial, ...]


def observations(study: Study, trial: FrozenTrial | None = None) -> Observations:
    """Of a study, as one of its trials asks for a setting."""
    every = study.get_trials(deepcopy=False)
    sign = -1.0 if study.direction == StudyDirection.MAXIMIZE else 1.0
    finished = [one for one in every if tells(one)]
    own = None if trial is None else trial.number
    pending = [one for one in every if one.state == TrialState.RUNNING and one.number != own and one.params]
    raw = np.array([sign * _value(one) for one in finished])
    seconds = np.array([_seconds(one) for one in finished])
    return Observations(tuple(finished), with_finite(raw), seconds, tuple(pending))


def tells(trial: FrozenTrial) -> bool:
    """Whether a trial says something of its setting."""
    if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
        return bool(trial.params) and not (trial.state == TrialState.PRUNED and not trial.intermediate_values)
    return trial.state == TrialState.FAIL and bool(trial.params) and _diverged(trial)


def _diverged(trial: FrozenTrial) -> bool:
    if LOST in trial.user_attrs:
        return False
    return DIVERGED in trial.user_attrs or TOLD in trial.system_attrs


def _value(trial: FrozenTrial) -> float:
    if trial.state == TrialState.FAIL:
        return math.nan
    if trial.state == TrialState.PRUNED:
        return trial.intermediate_values[max(trial.intermediate_values)]
    return float(trial.value) if trial.value is not None else math.nan


def _seconds(trial: FrozenTrial) -> float:
    if SECONDS in trial.user_attrs:
        return float(trial.user_attrs[SECONDS])
    took = trial.duration
    return math.nan if took is None or trial.state != TrialState.COMPLETE else took.total_seconds()


def with_finite(values: Array) -> Array:
    """NaN and infinity become the worst finite value plus one spread; a value of −∞ is no success either."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.ones_like(values)
    spread = float(finite.std()) or max(abs(float(finite.max())), 1.0)
    return np.where(np.isfinite(values), values, float(finite.max()) + spread)


def standardised(values: Array) -> tuple[Array, float]:
    """With mean 0 and spread 1; and the spread that they had."""
    spread = float(values.std())
    scale = spread if spread > 0 and math.isfinite(spread) else 1.0
    return (values - values.mean()) / scale, scale


def cost_differs(seconds: Array, least_ratio: float) -> bool:
    """Whether durations differ so much that a model of them is worth its noise."""
    known = seconds[np.isfinite(seconds) & (seconds > 0)]
    return len(known) >= 3 and bool(known.max() > least_ratio * known.min())


def newest_attribute(trials: Sequence[FrozenTrial], name: str) -> object:
    """The attribute of the newest trial that has it."""
    for trial in reversed(trials):
        if name in trial.system_attrs:
            return trial.system_attrs[name]
    return None
