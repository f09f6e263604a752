"""Probabilities of scores that are none: logistic regression on scores of examples that were not fitted on.

Source: Platt (1999), "Probabilistic outputs for support vector machines". Shapes: *n* examples, *K* classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Platt:
    """A fitted logistic regression."""

    weights: tuple[tuple[float, ...], ...]
    """(K, K), or (1, K) of two classes"""
    biases: tuple[float, ...]

    def probabilities(self, scores: Array) -> Array:
        """(n, K)."""
        values = scores @ np.array(self.weights).T + np.array(self.biases)
        if values.shape[1] == 1:
            values = np.concatenate([np.zeros_like(values), values], axis=1)
        values = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(values / values.sum(axis=1, keepdims=True))


def fit_platt(scores: Array, truth: Array) -> Platt:
    """Of scores (n, K) and codes (n,)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(max_iter=1000).fit(scores, truth)
    return Platt(
        weights=tuple(tuple(map(float, row)) for row in fitted.coef_), biases=tuple(map(float, fitted.intercept_))
    )
