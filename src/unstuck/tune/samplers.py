"""The samplers by their names. All share two things: the learning rate comes first, every trial has its own seed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, BruteForceSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from unstuck.core.errors import UsageError
from unstuck.tune.sampler.gp_sampler import STARTUP, GPSampler
from unstuck.tune.sampler.numbering import all_trials, logical_number
from unstuck.tune.sampler.unit_cube import levels, value_at, value_from_uniform
from unstuck.tune.settings import SAMPLERS
from unstuck.tune.space.parameter import Value, is_learning_rate

RATES_FIRST = 3
"""trials at the start that differ in the learning rate only"""
LEAST_TRIALS = 10
"""a search shorter than this has no trials to spare for them"""
USED_UP = "unstuck:used_up"
"""attribute of a study of whose grid nothing is left"""
SOURCE = "unstuck:source"
"""attribute of a trial: who chose its setting, where it was not the model"""
SPACING = 1_000_003
"""between the seeds of two trials' streams"""


def sampler_of(name: str, seed: int, trials: int, *, per_second: bool = False) -> BaseSampler:
    """The sampler of a search.

    Raises:
        UsageError: there is none of this name, or it cannot do what is asked.
    """
    first = RATES_FIRST if trials >= LEAST_TRIALS and name != "grid" else 0
    made: dict[str, Callable[[int], BaseSampler]] = {
        "gp": lambda _: GPSampler(seed, startup=STARTUP + first, per_second=per_second),
        "random": lambda own: RandomSampler(seed=own),
        "tpe": _tree_parzen,
        "grid": _brute_force,
    }
    if name not in made:
        raise UsageError(f"There is no sampler {name}. Known are {', '.join(SAMPLERS)}.")
    if per_second and name != "gp":
        raise UsageError(f"--per-second is for the sampler gp. Got {name}.")
    return Sampler(made[name], seed, first, "spread" if name == "gp" else name)


def _tree_parzen(seed: int) -> BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of options that Optuna calls experimental
        return TPESampler(seed=seed, multivariate=True, group=True, n_startup_trials=10)


def _brute_force(seed: int) -> BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BruteForceSampler(seed=seed)


class Sampler(BaseSampler):
    """Another sampler, made afresh for every trial from its number: what it suggests does not depend on who asks.

    The first trials have every parameter but the learning rate at its default.
    """

    def __init__(self, make: Callable[[int], BaseSampler], seed: int, rates_first: int, source: str = "") -> None:
        self._make = make
        self._seed = seed
        self._rates_first = rates_first
        self._inner = make(seed)
        self._source = source
        self.defaults: dict[str, Value] = {}
        """of parameters, where they have one of their own"""

    def reseed_rng(self) -> None:
        """Nothing: a trial's numbers come from its own seed."""

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Make the sampler of this trial."""
        number = logical_number(trial.number, all_trials(study))
        self._inner = self._make((self._seed * SPACING + number) % 2**32)
        if isinstance(self._inner, GPSampler) and _has_no_rate(study, trial):
            self._inner.startup = STARTUP + 1  # the first trial, with every parameter at its default
        self._inner.before_trial(study, trial)
        source = "learning rate" if self._place(study, trial) else self._source
        study._storage.set_trial_system_attr(trial._trial_id, SOURCE, source)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Nothing while the learning rate comes first, then what the sampler says."""
        return {} if self._place(study, trial) else self._inner.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """What the sampler says."""
        return self._inner.sample_relative(study, trial, search_space) if search_space else {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The default, or an even spread of learning rates, in the first trials."""
        place = self._place(study, trial)
        if isinstance(self._inner, BruteForceSampler) and not levels(param_distribution):
            raise UsageError(
                f"The sampler grid tries every setting, and {param_name} has infinitely many values. Give it choices "
                f"(--set '{param_name}=0.1|0.2'), a step (:step=0.1), or use another sampler."
            )
        if not place:
            return self._inner.sample_independent(study, trial, param_name, param_distribution)
        if is_learning_rate(param_name):
            return value_from_uniform(param_distribution, place)
        if param_name in self.defaults:
            return self.defaults[param_name]
        choices = getattr(param_distribution, "choices", None)
        return choices[0] if choices else value_at(param_distribution, 0.5)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """What the sampler does then; where it would stop Optuna's own loop, the study is marked as used up."""
        try:
            self._inner.after_trial(study, trial, state, values)
        except RuntimeError:  # a grid says `study.stop()`, which is for Optuna's loop only
            study._storage.set_study_user_attr(study._study_id, USED_UP, True)

    def _place(self, study: Study, trial: FrozenTrial) -> float:
        """Where the learning rate of this trial lies in its range; 0 after the first trials."""
        number = logical_number(trial.number, all_trials(study))
        if number >= self._rates_first or _has_no_rate(study, trial):
            return 0.0
        return (2 * number + 1) / (2 * self._rates_first)


def _has_no_rate(study: Study, trial: FrozenTrial) -> bool:
    """Whether earlier trials say that no learning rate is searched; nothing can be known before the first has ended."""
    known = [one for one in all_trials(study) if one.number < trial.number and one.state.is_finished() and one.params]
    return bool(known) and not any(is_learning_rate(name) for one in known for name in one.params)
