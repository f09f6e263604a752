"""The sampler for Optuna: random settings first, then those of largest integrated expected improvement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from unstuck.tune.sampler.acquisition import Acquisition
from unstuck.tune.sampler.arrays import Array
from unstuck.tune.sampler.candidates import candidates
from unstuck.tune.sampler.fantasies import with_pending
from unstuck.tune.sampler.hyper_prior import limits, start, unpack
from unstuck.tune.sampler.likelihood import log_posterior
from unstuck.tune.sampler.maximise import best_points
from unstuck.tune.sampler.numbering import all_trials, logical_number
from unstuck.tune.sampler.observations import (
    TOLD,
    Observations,
    cost_differs,
    newest_attribute,
    observations,
    standardised,
    tells,
)
from unstuck.tune.sampler.posterior import Posterior, posterior
from unstuck.tune.sampler.slice_sampling import slice_samples
from unstuck.tune.sampler.spread_points import spread_place
from unstuck.tune.sampler.unit_cube import UnitCube, union_space, value_from_uniform

SAMPLES = 10
"""of the hyper-parameters; this and the next two as measured on Branin, Hartmann-6 and a small network"""
BURN_IN = 50
STARTUP = 5
"""trials before the model is asked"""
WARM_BURN_IN = 2
"""sweeps where the chain goes on from the trial before"""
COST_SAMPLES = 3
COST_RATIO = 2.0
"""the cost is modelled where durations differ by more than this"""
CHAIN = "unstuck:gp"
"""attribute of a trial: the samples of the hyper-parameters that suggested it"""
SAME = 1e-6
"""settings closer than this in every column are one"""


class GPSampler(BaseSampler):
    """Gaussian process, Matérn 5/2 with a length scale for each parameter, integrated expected improvement.

    Given the same study so far, the same seed and the same number of the trial, the suggestion is the same: what the
    sampler remembers is kept in the storage, so that a study can be left and taken up again. With ``per_second`` it
    also depends on measured times.

    Args:
        seed: of every random choice.
        startup: trials that are spread evenly before the model is asked.
        per_second: prefer settings that are tried quickly: expected improvement per second, with a learned cost.
    """

    def __init__(self, seed: int = 0, *, startup: int = STARTUP, per_second: bool = False) -> None:
        self.seed = seed
        self.startup = startup
        self.per_second = per_second

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Every parameter of the trials that are told: those of branches that were not taken stand in the middle."""
        self._raise_error_if_multi_objective(study)
        told = [one for one in study.get_trials(deepcopy=False) if tells(one)]
        return union_space([one.distributions for one in told]) if len(told) >= self.startup else {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The setting of largest integrated expected improvement that was not tried yet."""
        if not search_space:
            return {}
        seen = observations(study, trial)
        cube = UnitCube(search_space)
        every = all_trials(study)
        number = logical_number(trial.number, every)
        rng = np.random.default_rng([self.seed, number])
        x = np.array([cube.point(one.params) for one in seen.trials])
        pending = np.array([cube.point(one.params) for one in seen.pending]).reshape(-1, cube.columns)
        y, _ = standardised(seen.values)
        earlier = [one for one in every if logical_number(one.number, every) < number]
        vectors = self._chain(earlier, cube, x, y, rng)
        kept = {"names": list(cube.space), "samples": np.round(vectors, 6).tolist()}
        study._storage.set_trial_system_attr(trial._trial_id, CHAIN, kept)
        hypers = [unpack(_widen(vector, cube)) for vector in vectors]
        after = with_pending(x, y, pending, hypers, rng)
        best = after.observed_means().min(axis=1)
        cost, spread = self._cost(seen, cube, x, rng)
        acquisition = Acquisition(after, best, cost, spread)
        points = candidates(cube, x[np.argsort(y, kind="stable")], rng)
        tried = np.vstack([x, pending])
        for point in best_points(acquisition, points, cube.free, cube.snap):
            if np.abs(tried - point).max(axis=1).min() > SAME:
                return cube.settings(point)
        return cube.settings(points[0])

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A value of an evenly spread sequence: the trial is the number in it, the parameters are its axes."""
        number = logical_number(trial.number, all_trials(study))
        return value_from_uniform(param_distribution, spread_place(self.seed, number, len(trial.distributions)))

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Note that a failed trial was told by its program: its setting is to blame, unless a worker was lost."""
        if state == TrialState.FAIL:
            study._storage.set_trial_system_attr(trial._trial_id, TOLD, True)

    def _chain(
        self, earlier: Sequence[FrozenTrial], cube: UnitCube, x: Array, y: Array, rng: np.random.Generator
    ) -> Array:
        """Samples of the hyper-parameters (s, dimensions); the chain goes on where that of the last trial ended."""
        size = len(cube.space)
        warm = _last_state(newest_attribute(earlier, CHAIN), list(cube.space))
        return slice_samples(
            log_posterior(x, y, cube.owners),
            start(size) if warm is None else warm,
            limits(size),
            rng,
            count=SAMPLES,
            burn_in=BURN_IN if warm is None else WARM_BURN_IN,
        )

    def _cost(
        self, seen: Observations, cube: UnitCube, x: Array, rng: np.random.Generator
    ) -> tuple[Posterior | None, float]:
        if not self.per_second or not cost_differs(seen.seconds, COST_RATIO):
            return None, 1.0
        known = np.isfinite(seen.seconds) & (seen.seconds > 0)
        logs, spread = standardised(np.log(seen.seconds[known]))
        size = len(cube.space)
        vectors = slice_samples(
            log_posterior(x[known], logs, cube.owners), start(size), limits(size), rng,
            count=COST_SAMPLES, burn_in=BURN_IN // 2,
        )  # fmt: skip
        hypers = [unpack(_widen(vector, cube)) for vector in vectors]
        return posterior(x[known], logs[:, None], hypers), spread


def _widen(vector: Array, cube: UnitCube) -> Array:
    """From a length scale for each parameter to one for each column."""
    wide: Array = np.r_[vector[:-2][cube.owners], vector[-2:]]
    return wide


def _last_state(kept: object, names: list[str]) -> Array | None:
    """Where the chain stood, if it was about the same parameters."""
    if not isinstance(kept, Mapping) or kept.get("names") != names:
        return None
    return np.array(kept["samples"][-1], dtype=float)
