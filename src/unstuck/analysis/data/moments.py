"""Sums of powers about the mean, up to the fourth; two of them merge without loss.

Shapes: *n* values, ``...`` columns. NaN and infinity are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array


class Moments(NamedTuple):
    """Of each column (...): number of finite values, their mean, and sums of powers of their distance from it."""

    n: Array
    mean: Array
    m2: Array
    m3: Array
    m4: Array

    @property
    def std(self) -> Array:
        """Population standard deviation; NaN without values."""
        with np.errstate(all="ignore"):
            return np.asarray(np.sqrt(self.m2 / self.n))

    @property
    def skewness(self) -> Array:
        """Third standardised moment; NaN for a constant."""
        with np.errstate(all="ignore"):
            return np.asarray((self.m3 / self.n) / (self.m2 / self.n) ** 1.5)

    @property
    def kurtosis(self) -> Array:
        """Fourth standardised moment; NaN for a constant."""
        with np.errstate(all="ignore"):
            return np.asarray(self.m4 * self.n / self.m2**2)


def none(shape: tuple[int, ...] = ()) -> Moments:
    """Of no values."""
    return Moments(*(np.zeros(shape) for _ in Moments._fields))


def moments(values: Array) -> Moments:
    """Of ``values`` (n, ...), in two passes; meant for blocks that fit into the cache."""
    with np.errstate(all="ignore"):
        x = values.astype(np.float64)
        total = x.sum(axis=0)
        if np.isfinite(total).all():
            count = np.full(total.shape, float(len(x)))
            mean = total / max(1, len(x))
            x -= mean
        else:
            finite = np.isfinite(x)
            count = finite.sum(axis=0).astype(np.float64)
            mean = np.where(finite, x, 0.0).sum(axis=0) / np.maximum(count, 1.0)
            x = np.where(finite, x - mean, 0.0)
        square = x * x
        return Moments(
            count, mean, square.sum(axis=0), np.einsum("i...,i...->...", square, x),
            np.einsum("i...,i...->...", square, square),
        )  # fmt: skip


def merged(a: Moments, b: Moments) -> Moments:
    """Of the values of both (Chan, Golub and LeVeque 1979; Pébay 2008, SAND2008-6212)."""
    n = a.n + b.n
    safe = np.maximum(n, 1.0)
    wa, wb = a.n / safe, b.n / safe
    with np.errstate(all="ignore"):
        d = np.where((a.n > 0) & (b.n > 0), b.mean - a.mean, 0.0)
        m2 = a.m2 + b.m2 + d**2 * a.n * wb
        m3 = a.m3 + b.m3 + d**3 * a.n * wb * (wa - wb) + 3 * d * (wa * b.m2 - wb * a.m2)
        m4 = (
            a.m4 + b.m4 + d**4 * a.n * wb * (wa * wa - wa * wb + wb * wb)
            + 6 * d**2 * (wa * wa * b.m2 + wb * wb * a.m2) + 4 * d * (wa * b.m3 - wb * a.m3)
        )  # fmt: skip
        return Moments(n, a.mean * wa + b.mean * wb, m2, m3, m4)
