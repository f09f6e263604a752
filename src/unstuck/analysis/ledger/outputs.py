"""What a network said of each example: class probabilities, and the loss of its label.

Shapes: *v* visits, *K* classes or numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY

Array = np.ndarray[Any, Any]

LEAST = 1e-7
"""probability: a logarithm of less says nothing more"""
SUMS_TO_ONE = 1e-3
LOGITS = "cross_entropy"
LOGARITHMS = "nll_loss"


class Said(NamedTuple):
    """Of each visit."""

    probabilities: Array | None  # (v, K)
    """of the classes; of a binary task of both; None where no classes are predicted"""
    loss: Array | None  # (v,)
    """of the label; NaN where it has none"""


def said(outputs: Array, labels: Array, function: str | None) -> Said:
    """What outputs say of the labels, by the loss function that they are made for.

    Args:
        outputs: (v, K) or (v,), as the loss was given them.
        labels: (v,) or (v, K).
        function: canonical name of the loss function.
    """
    with np.errstate(all="ignore"):
        values = outputs.astype(np.float64)
        values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
        given = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
        if function in CROSS_ENTROPY_BINARY:
            return _binary(values, given, logits=function == CROSS_ENTROPY_BINARY[1])
        if function in (LOGITS, LOGARITHMS) and values.ndim == 2:
            return _classes(values, given, function)
        if function is not None and values.shape == given.shape and values.ndim <= 2:
            squares = (values - given) ** 2
            return Said(None, squares if squares.ndim == 1 else squares.mean(axis=1))
    return Said(None, None)


def _classes(values: Array, labels: Array, function: str) -> Said:
    if function == LOGITS:
        values = values - values.max(axis=1, keepdims=True)
    raised = np.exp(values)
    total = raised.sum(axis=1, keepdims=True)
    probabilities = raised / total
    if labels.ndim == 2:  # shares of the classes
        fits = labels.shape == values.shape
        return Said(
            probabilities, -(labels * np.log(np.maximum(probabilities, LEAST))).sum(axis=1) if fits else None
        )
    codes = labels.astype(np.int64)
    known = (codes >= 0) & (codes < values.shape[1])
    picked = probabilities[np.arange(len(codes)), np.where(known, codes, 0)]
    return Said(probabilities, np.where(known, -np.log(np.maximum(picked, LEAST)), np.nan))


def _binary(values: Array, labels: Array, *, logits: bool) -> Said:
    one = 1 / (1 + np.exp(-values)) if logits else values
    if one.shape != labels.shape:
        return Said(None, None)
    loss = -(labels * np.log(np.maximum(one, LEAST)) + (1 - labels) * np.log(np.maximum(1 - one, LEAST)))
    if one.ndim == 1:
        return Said(np.stack([1 - one, one], axis=1), loss)
    return Said(None, loss.mean(axis=1))
