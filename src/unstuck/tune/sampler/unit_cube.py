"""Values of hyper-parameters as points of the unit cube, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from unstuck.tune.sampler.arrays import Array, Flags, Integers

CHOICE = 0.5**0.5
"""the one of a choice, so that two choices are one width apart"""
FINE = 33
"""a whole-number or stepped parameter with so many values or more is climbed as if it were continuous"""


@dataclass(frozen=True)
class UnitCube:
    """One column for each number; for a choice as many as it has values, of which one is not 0."""

    space: Mapping[str, BaseDistribution]

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Columns of each parameter."""
        found, at = {}, 0
        for name, distribution in self.space.items():
            width = len(distribution.choices) if isinstance(distribution, CategoricalDistribution) else 1
            found[name] = slice(at, at + width)
            at += width
        return found

    @cached_property
    def columns(self) -> int:
        """How many there are."""
        return max((part.stop for part in self.slices.values()), default=0)

    @cached_property
    def free(self) -> Flags:
        """Which columns are continuous, or nearly."""
        free = np.zeros(self.columns, dtype=bool)
        for name, distribution in self.space.items():
            values = levels(distribution)
            free[self.slices[name]] = not isinstance(distribution, CategoricalDistribution) and (
                values == 0 or values >= FINE
            )
        return free

    @cached_property
    def owners(self) -> Integers:
        """Number of the parameter that each column belongs to: columns of one parameter share a length scale."""
        widths = [part.stop - part.start for part in self.slices.values()]
        return np.repeat(np.arange(len(widths)), widths)

    def point(self, params: Mapping[str, Any]) -> Array:
        """Of one setting; a parameter that it lacks (another branch of the space) stands in the middle."""
        point = np.zeros(self.columns)
        for name, distribution in self.space.items():
            part = self.slices[name]
            if name not in params:
                point[part] = CHOICE / (part.stop - part.start) if part.stop - part.start > 1 else 0.5
            elif isinstance(distribution, CategoricalDistribution):
                point[part.start + int(distribution.to_internal_repr(params[name]))] = CHOICE
            else:
                point[part] = position(distribution, float(params[name]))
        return point

    def settings(self, point: Array) -> dict[str, Any]:
        """The setting at a point, rounded to what can be suggested."""
        found: dict[str, Any] = {}
        for name, distribution in self.space.items():
            part = point[self.slices[name]]
            if isinstance(distribution, CategoricalDistribution):
                found[name] = distribution.choices[int(np.argmax(part))]
            else:
                found[name] = value_at(distribution, float(part[0]))
        return found

    def snap(self, point: Array) -> Array:
        """The nearest point that can be suggested."""
        return self.point(self.settings(point))

    def draw(self, uniform: Array) -> Array:
        """Points that can be suggested, from uniform numbers (q, parameters)."""
        points = np.zeros((len(uniform), self.columns))
        for number, (name, distribution) in enumerate(self.space.items()):
            part, values = self.slices[name], levels(distribution)
            if isinstance(distribution, CategoricalDistribution):
                chosen = np.minimum((uniform[:, number] * values).astype(int), values - 1)
                points[np.arange(len(points)), part.start + chosen] = CHOICE
            elif values == 0:
                points[:, part.start] = uniform[:, number]
            else:
                points[:, part.start] = [
                    position(distribution, value_at(distribution, float(one))) for one in uniform[:, number]
                ]
        return points


def levels(distribution: BaseDistribution) -> int:
    """How many values it has; 0 where they are continuous."""
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    if distribution.step is None:
        return 0
    return round((distribution.high - distribution.low) / distribution.step) + 1


def _ends(distribution: FloatDistribution | IntDistribution) -> tuple[float, float]:
    """Low and high on the scale that is searched; half a step beyond, so that every value has the same room."""
    half = 0.5 * (distribution.step or 0)
    low, high = distribution.low - half, distribution.high + half
    return (float(np.log(low)), float(np.log(high))) if distribution.log else (low, high)


def position(distribution: BaseDistribution, value: float) -> float:
    """Where a number lies between the ends, from 0 to 1."""
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = _ends(distribution)
    scaled = float(np.log(value)) if distribution.log else value
    return 0.5 if high <= low else float(np.clip((scaled - low) / (high - low), 0.0, 1.0))


def value_at(distribution: BaseDistribution, place: float) -> float | int:
    """The number at a place between 0 and 1, rounded to its step."""
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = _ends(distribution)
    value = low + place * (high - low)
    value = float(np.exp(value)) if distribution.log else value
    if distribution.step is not None:
        value = distribution.low + round((value - distribution.low) / distribution.step) * distribution.step
    value = min(max(value, distribution.low), distribution.high)
    return int(value) if isinstance(distribution, IntDistribution) else float(value)


def value_from_uniform(distribution: BaseDistribution, place: float) -> Any:
    """A value of any kind from a uniform number: for the points that the model does not choose."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[min(int(place * len(distribution.choices)), len(distribution.choices) - 1)]
    return value_at(distribution, place)


def union_space(spaces: Sequence[Mapping[str, BaseDistribution]]) -> dict[str, BaseDistribution]:
    """Every parameter of these trials; one whose range changed counts with its newest, in the order of its first."""
    found: dict[str, BaseDistribution] = {}
    for space in spaces:
        found.update(space)
    return {name: one for name, one in found.items() if not one.single()}
