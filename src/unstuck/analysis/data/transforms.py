"""Transforms of a skewed column, from the simplest to the strongest, and the choice among them.

Shapes: *n* finite values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.record.events.data.values import Transform

EVEN = 0.5
"""a distribution with less skewness is approximately symmetric (Bulmer, Principles of Statistics, 1979)"""
MOST_FITTED = 5_000
"""values to which an exponent is fitted"""
MOST_EXPONENT = 5.0
"""beyond it, a fitted power is no transform that anyone would use"""
MOST_TIES = 0.5
"""with a more frequent value no function makes a column even: bins are left"""
BINS = 8
GRID = 25
"""exponents that are tried at once"""


class Transformed(NamedTuple):
    """A column after a transform."""

    by: Transform
    parameter: float | None
    values: Array  # (n,)
    skewness: float


def skewness(values: Array) -> float:
    """Third standardised moment; 0 for a constant."""
    centred = values - values.mean()
    variance = float((centred * centred).mean())
    found = float((centred**3).mean() / variance**1.5) if variance > 0 else 0.0
    return found if abs(found) > 1e-9 or not np.isfinite(found) else 0.0


def best_transform(values: Array) -> Transformed:
    """The simplest that makes the values even; where none does, the one after which they are least skewed."""
    counts = np.unique(values, return_counts=True)[1]
    if counts.max() > MOST_TIES * len(values):
        return binned(values)
    tried: list[Transformed] = []
    for group in (_simple(values), _fitted(values), _last(values)):
        tried += [one for one in group if np.isfinite(one.skewness)]
        best = min(tried, key=lambda one: abs(one.skewness), default=None)
        if best is not None and abs(best.skewness) <= EVEN:
            return best
    return min(tried, key=lambda one: abs(one.skewness))


def _made(by: Transform, values: Array, parameter: float | None = None) -> Transformed:
    return Transformed(by, parameter, values, skewness(values))


def _simple(values: Array) -> Iterator[Transformed]:
    """Those without a parameter."""
    if values.min() > 0:
        yield _made(Transform.LOG, np.log(values))
    if values.min() >= 0:
        if values.min() == 0:
            yield _made(Transform.LOG1P, np.log1p(values))
        yield _made(Transform.SQUARE_ROOT, np.sqrt(values))
        yield _made(Transform.SQUARE, values / values.max() * values)


def _fitted(values: Array) -> Iterator[Transformed]:
    """Those whose exponent makes the values most likely under a normal distribution."""
    from scipy import special, stats

    step = max(1, len(values) // MOST_FITTED)
    some = values[::step]
    if values.min() > 0 and values.min() < values.max():
        exponent = _likeliest(_box_cox_likelihood, some)
        if abs(exponent) <= MOST_EXPONENT:
            yield _made(Transform.BOX_COX, special.boxcox(values, exponent), exponent)
    scale = float(np.abs(some).max())
    if 0 < scale < 1e50:
        exponent = _likeliest(_yeo_johnson_likelihood, some)
        if abs(exponent) <= MOST_EXPONENT:
            yield _made(Transform.YEO_JOHNSON, stats.yeojohnson(values, exponent), exponent)


def _likeliest(likelihood: Callable[[Array, Array], Array], values: Array) -> float:
    """The most likely exponent, to about 1e-4: on a grid that becomes finer three times, then on a parabola."""
    middle, reach = 0.0, MOST_EXPONENT + 1
    for _ in range(3):
        grid = middle + reach * np.linspace(-1, 1, GRID)
        with np.errstate(all="ignore"):
            found = np.nan_to_num(likelihood(values, grid), nan=-np.inf, posinf=-np.inf)
        best = int(found.argmax())
        middle, reach = float(grid[best]), float(grid[1] - grid[0])
    if 0 < best < GRID - 1 and np.isfinite(found[best - 1 : best + 2]).all():
        before, at, after = found[best - 1 : best + 2]
        bend = before - 2 * at + after
        middle += reach * float(0.5 * (before - after) / bend) if bend < 0 else 0.0
    return middle


def _box_cox_likelihood(values: Array, exponents: Array) -> Array:
    """Of positive values under a normal distribution, up to a constant; (n,), (k,) → (k,). Nothing overflows."""
    logs = np.log(values)
    powers = exponents[:, None] * logs
    most = powers.max(axis=1)
    spread = np.exp(powers - most[:, None]).var(axis=1)
    near = np.abs(exponents) < 1e-9
    variance = np.where(near, np.log(logs.var()), 2 * most + np.log(spread) - 2 * np.log(np.abs(exponents)))
    likelihood: Array = (exponents - 1) * logs.sum() - len(values) / 2 * variance
    return likelihood


def _yeo_johnson_likelihood(values: Array, exponents: Array) -> Array:
    """The same for values of either sign."""
    logs = np.log1p(np.abs(values))
    positive = values >= 0
    powers = np.where(positive, exponents[:, None], 2 - exponents[:, None])
    grown = np.where(np.abs(powers) < 1e-9, logs, np.expm1(powers * logs) / powers)
    variance = np.where(positive, grown, -grown).var(axis=1)
    likelihood: Array = (exponents - 1) * np.where(positive, logs, -logs).sum() - len(values) / 2 * np.log(variance)
    return likelihood


def _last(values: Array) -> Iterator[Transformed]:
    """Ranks as a normal distribution."""
    from scipy import special, stats

    yield _made(Transform.QUANTILE, special.ndtri((stats.rankdata(values) - 0.5) / len(values)))


def binned(values: Array) -> Transformed:
    """A bin for the most frequent value, and `BINS` for the others, by whose numbers the skewness is measured."""
    value, counts = np.unique(values, return_counts=True)
    most = value[counts.argmax()]
    others = values != most
    edges = np.unique(np.quantile(values[others], np.linspace(0, 1, BINS + 1)[1:-1]))
    numbers = np.searchsorted(edges, values, "right") + 1.0
    return Transformed(Transform.BINS, None, np.where(others, numbers, 0.0), skewness(numbers[others]))
