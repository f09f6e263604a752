"""Whether confidence is accuracy: bins of equal mass, what chance costs, and the temperature that repairs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from unstuck.analysis.model.intervals import wilson
from unstuck.analysis.model.predictions import SMALLEST, Array, Predictions

BINS = 15
LEAST_IN_BIN = 20
DRAWS = 200
TEMPERATURES = (0.05, 20.0)


class Fitted(NamedTuple):
    """A temperature, fitted on one half, and what it does on the other."""

    temperature: float
    error_before: float
    error_after: float
    log_loss_before: float
    log_loss_after: float


def equal_mass_bins(confidence: Array) -> Array:
    """The bin of each example: about as many in each, equal confidences in one."""
    number = int(np.clip(len(confidence) // LEAST_IN_BIN, 1, BINS))
    edges = np.quantile(confidence, np.linspace(0, 1, number + 1)[1:-1])
    return np.unique(np.searchsorted(edges, confidence, side="left"), return_inverse=True)[1]


def gap(bins: Array, confidence: Array, right: Array, weights: Array) -> float:
    """Mean over the bins of |confidence − accuracy|, by their weights."""
    difference = np.bincount(bins, weights * (confidence - right))
    return float(np.abs(difference).sum() / weights.sum())


def calibration_error(confidence: Array, right: Array) -> float:
    """The same of all examples alike."""
    return gap(equal_mass_bins(confidence), confidence, right.astype(np.float64), np.ones(len(right)))


def by_chance(confidence: Array, seed: int) -> tuple[float, float]:
    """Mean and 99 % quantile of the calibration error, were every confidence right (consistency resampling)."""
    random = np.random.default_rng(seed)
    bins, ones = equal_mass_bins(confidence), np.ones(len(confidence))
    drawn = [
        gap(bins, confidence, (random.random(len(confidence)) < confidence).astype(np.float64), ones)
        for _ in range(DRAWS)
    ]
    return float(np.mean(drawn)), float(np.quantile(drawn, 0.99))


@dataclass(frozen=True, slots=True)
class BinOf:
    """One bin: its mean confidence, its accuracy with a 95 % interval, and how many it holds."""

    confidence: float
    accuracy: float
    low: float
    high: float
    count: int


def reliability(confidence: Array, right: Array) -> list[BinOf]:
    """The bins in the order of their confidence."""
    bins = equal_mass_bins(confidence)
    found = []
    for one in range(int(bins.max()) + 1):
        inside = bins == one
        hits, count = int(right[inside].sum()), int(inside.sum())
        low, high = wilson(hits, count)
        found.append(BinOf(float(confidence[inside].mean()), hits / count, low, high, count))
    return found


def temperature(given: Predictions, seed: int) -> Fitted:
    """Divide the logarithms of the probabilities by the number that is best on one half of the examples."""
    from scipy.optimize import minimize_scalar

    assert given.scores is not None
    logits = np.log(np.maximum(given.scores, SMALLEST))
    half = np.random.default_rng(seed).permutation(len(logits)) % 2 == 0
    low, high = np.log(TEMPERATURES)
    best = minimize_scalar(
        lambda log_t: _log_loss(scaled(logits[half], float(np.exp(log_t))), given.truth[half]), bounds=(low, high),
        method="bounded",
    )  # fmt: skip
    fitted = float(np.exp(best.x))
    before, after = given.scores[~half], scaled(logits[~half], fitted)
    right = ~given.wrong[~half]
    return Fitted(
        fitted, calibration_error(before.max(axis=1), right), calibration_error(after.max(axis=1), right),
        _log_loss(before, given.truth[~half]), _log_loss(after, given.truth[~half]),
    )  # fmt: skip


def scaled(logits: Array, divisor: float) -> Array:
    """Probabilities of logits that are divided by a temperature. (n, K)."""
    values = logits / divisor
    values = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def _log_loss(scores: Array, truth: Array) -> float:
    chosen = np.take_along_axis(scores, truth[:, None], axis=1)
    return float(-np.log(np.maximum(chosen, SMALLEST)).mean())
