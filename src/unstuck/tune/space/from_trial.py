"""Values from a trial of Optuna's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.tune.space.parameter import Parameter, Value

if TYPE_CHECKING:
    from optuna.trial import Trial

    from unstuck.tune.space.hyper_parameters import Source


def from_trial(trial: Trial) -> Source:
    """What the sampler suggests."""

    def source(parameter: Parameter) -> Value:
        return suggested(trial, parameter)

    return source


def suggested(trial: Trial, parameter: Parameter) -> Value:
    """One value of a trial."""
    if parameter.choices:
        return trial.suggest_categorical(parameter.name, parameter.choices)
    assert parameter.low is not None
    assert parameter.high is not None
    low, high, log = parameter.low, parameter.high, parameter.log
    if parameter.whole:
        return trial.suggest_int(parameter.name, int(low), int(high), step=int(parameter.step or 1), log=log)
    step = None if parameter.step is None else float(parameter.step)
    return trial.suggest_float(parameter.name, float(low), float(high), step=step, log=log)
