"""Whether the label of each example is the token that follows: windows of a text, histories of items.

There equal beginnings go on in several ways, and tokens that are rare, or only begin a text, are never labels: that is
the language, no fault of the labels.

Shapes: *n* examples, *v* different tokens, *p* pairs of neighbouring tokens.
"""

from __future__ import annotations

import math

import numpy as np

from unstuck.analysis.data.label_encoding import whole_numbers
from unstuck.analysis.data.padding import padding_mask
from unstuck.analysis.data.sample import Array, Sample
from unstuck.analysis.fact import fact

LEAST_EXAMPLES = 100
MOST_EXAMPLES = 5000
IN_VOCABULARY = 0.5
"""share of the examples whose label is a token that stands in the inputs"""
SIGMAS = 4.0
"""standard errors by which labels must go on like tokens, and tokens must depend on the one before"""
AS_TOKENS = 0.4
"""of what a token tells about the next one within the inputs, the least that the last one tells about the label"""


@fact
def is_next_token(sample: Sample) -> bool:
    """Labels follow the last tokens of their inputs as tokens follow each other within the inputs."""
    target = sample.target
    if sample.tokens is None or target is None or target.codes is None:
        return False
    ids = np.array([*_in_order(target.classes), -1], dtype=np.int64)
    if len(ids) != len(target.classes) + 1:
        return False
    rows = np.flatnonzero(target.codes >= 0)
    if len(rows) < LEAST_EXAMPLES or sample.tokens.shape[1] < 2:
        return False
    random = np.random.default_rng(0)
    if len(rows) > MOST_EXAMPLES:
        rows = random.choice(rows, MOST_EXAMPLES, replace=False)
    rows = random.permutation(rows)
    return _goes_on(sample.tokens[rows], ids[target.codes[rows]], random)


def _in_order(classes: tuple[str, ...]) -> list[int]:
    """The classes as whole numbers in their order; none if one of them is no such number."""
    return [int(name) for name in classes] if whole_numbers(classes) else []


def _goes_on(tokens: Array, labels: Array, random: np.random.Generator) -> bool:
    """By pairs of neighbours in one half of the examples, looked up for the pairs and labels of the other half."""
    real = ~padding_mask(tokens)
    last = tokens.shape[1] - 1 - np.argmax(real[:, ::-1], axis=1)
    known = np.isin(labels, tokens[real])
    if float(known.mean()) < IN_VOCABULARY:
        return False
    half = len(tokens) // 2
    left, right = _pairs(tokens[:half], real[:half])
    inside = _gain(left, right, *_pairs(tokens[half:], real[half:]), random)
    follows = _gain(left, right, tokens[np.arange(len(tokens)), last][half:], labels[half:], random)
    return min(inside[1], follows[1]) >= SIGMAS and follows[0] >= AS_TOKENS * inside[0]


def _pairs(tokens: Array, real: Array) -> tuple[Array, Array]:
    """(p,) tokens, and (p,) those after them."""
    both = real[:, :-1] & real[:, 1:]
    return tokens[:, :-1][both], tokens[:, 1:][both]


def _gain(left: Array, right: Array, before: Array, after: Array, random: np.random.Generator) -> tuple[float, float]:
    """How much likelier ``after`` follows ``before`` than in another order, in nats, and that in standard errors."""
    values = np.unique(np.concatenate([left, right, before, after]))
    v = len(values)
    at = np.searchsorted(values, left) * v + np.searchsorted(values, right)
    pairs, counts = np.unique(at, return_counts=True)
    first = np.bincount(np.searchsorted(values, left), minlength=v)
    share = (np.bincount(np.searchsorted(values, right), minlength=v) + 1) / (len(right) + v)

    def score(one: Array, two: Array) -> Array:
        a, b = np.searchsorted(values, one), np.searchsorted(values, two)
        found = np.minimum(np.searchsorted(pairs, a * v + b), max(0, len(pairs) - 1))
        seen = np.where(pairs[found] == a * v + b, counts[found], 0) if len(pairs) else np.zeros(len(a))
        smooth = math.sqrt(max(1.0, len(left) / v))
        told: Array = np.log((seen + smooth * share[b]) / (first[a] + smooth)) - np.log(share[b])
        return told

    apart = score(before, after) - score(before, after[random.permutation(len(after))])
    if len(apart) < 2:
        return 0.0, 0.0
    error = float(apart.std()) / math.sqrt(len(apart))
    return float(apart.mean()), float(apart.mean()) / error if error > 0 else 0.0
