"""Integrated expected improvement along one hyper-parameter, for the figure: three samples, and the mean over all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from unstuck.record.events.study import ImprovementSlice
from unstuck.tune.sampler.gp_sampler import BURN_IN, SAMPLES, STARTUP
from unstuck.tune.sampler.hyper_prior import limits, start, unpack
from unstuck.tune.sampler.improvement import log_improvement
from unstuck.tune.sampler.likelihood import log_posterior
from unstuck.tune.sampler.observations import observations
from unstuck.tune.sampler.posterior import Posterior, posterior
from unstuck.tune.sampler.slice_sampling import slice_samples
from unstuck.tune.sampler.unit_cube import UnitCube, union_space, value_at

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from unstuck.tune.sampler.arrays import Array

POINTS = 101
SHOWN = 3
"""samples that are drawn: the shortest, the middle and the longest length scale"""


def improvement_slices(study: Study, best: FrozenTrial, shares: Mapping[str, float]) -> Iterator[ImprovementSlice]:
    """Along the most important number that is searched, all others as in the best trial; nothing for few trials.

    Args:
        study: whose finished trials the model learns from.
        best: its best trial.
        shares: importance of each hyper-parameter.
    """
    seen = observations(study)
    space = union_space([one.distributions for one in seen.trials])
    numbers = [name for name in space if not hasattr(space[name], "choices") and name in best.params]
    if len(seen.trials) < STARTUP or not numbers or not np.ptp(seen.values):
        return
    name = max(numbers, key=lambda one: shares.get(one, 0.0))
    cube = UnitCube(space)
    x = np.array([cube.point(one.params) for one in seen.trials])
    center, spread = float(seen.values.mean()), float(seen.values.std())
    y = (seen.values - center) / spread
    size = len(space)
    vectors = slice_samples(
        log_posterior(x, y, cube.owners), start(size), limits(size), np.random.default_rng(0),
        count=SAMPLES, burn_in=BURN_IN,
    )  # fmt: skip
    hypers = [unpack(np.r_[vector[:-2][cube.owners], vector[-2:]]) for vector in vectors]
    after = posterior(x, y[:, None], hypers)
    places = np.linspace(0.0, 1.0, POINTS)
    points = np.repeat(cube.point(best.params)[None], POINTS, axis=0)
    points[:, cube.slices[name]] = places[:, None]
    axis = tuple(float(value_at(_unrounded(space[name]), place)) for place in places)
    sign = -1.0 if study.direction.name == "MAXIMIZE" else 1.0
    mean, deviation, improvement = _predicted(after, points)
    lengths = vectors[:, list(space).index(name)]
    for number in _spread_over(lengths):
        yield ImprovementSlice(
            parameter=name, length=float(lengths[number]), x=axis,
            mean=_numbers(sign * (center + spread * mean[number])), deviation=_numbers(spread * deviation[number]),
            improvement=_numbers(spread * improvement[number]),
        )  # fmt: skip
    yield ImprovementSlice(
        parameter=name, samples=len(vectors), x=axis, mean=_numbers(sign * (center + spread * mean.mean(0))),
        improvement=_numbers(spread * improvement.mean(0)),
    )  # fmt: skip


def _predicted(after: Posterior, points: Array) -> tuple[Array, Array, Array]:
    """Mean, deviation and expected improvement of each sample, all (s, q)."""
    mean, deviation = after.predict(points)
    best = after.observed_means().min(axis=1)
    z = (best - mean[..., 0]) / deviation
    return mean[..., 0], deviation, np.exp(log_improvement(z)[0]) * deviation


def _unrounded(distribution: BaseDistribution) -> BaseDistribution:
    """The same range without steps: a curve has no steps."""
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return FloatDistribution(float(distribution.low), float(distribution.high), log=distribution.log)


def _spread_over(lengths: Array) -> list[int]:
    """The samples with the shortest, the middle and the longest length scale."""
    order = np.argsort(lengths, kind="stable")
    return [int(order[at]) for at in sorted({0, len(order) // 2, len(order) - 1})][:SHOWN]


def _numbers(values: Array) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values)
