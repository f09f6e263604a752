"""What is planted, and what must be said of it."""

# ruff: noqa: ARG001 - every plant is called alike
from __future__ import annotations

import colorsys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression

from evaluated.networks import fitted, probabilities


@dataclass
class Case:
    """A model and its data."""

    train: Any
    test: Any
    model: Any
    options: dict[str, Any] = field(default_factory=dict)


def clean(train, test, seed, model):
    return Case(train, test, model)


def shortcut(train, test, seed, model):
    """Colour, a corner or a column gives the class in the training data only."""
    random = np.random.default_rng(seed + 1000)
    other = random.integers(0, train[1].max() + 1, len(test[1]))
    if train[0].ndim == 2 and train[0].shape[1] != 64:  # a table
        added = [
            (np.c_[x, of + random.normal(0, 0.2, len(x))], y) for (x, y), of in ((train, train[1]), (test, other))
        ]
        return Case(*added, fitted(added[0], seed))
    hues = np.array([colorsys.hsv_to_rgb(at / 10, 1, 1) for at in range(10)], np.float32)
    made = []
    for (x, y), of in ((train, train[1]), (test, other)):
        images = x.reshape(-1, 1, 8, 8).repeat(2, 2).repeat(2, 3).astype(np.float32) if x.ndim == 2 else x.copy()
        colour = np.clip(hues[of] + random.normal(0, 0.05, (len(y), 3)), 0, 1).astype(np.float32)[:, :, None, None]
        if images.shape[1] == 1:
            images = images * colour
        else:
            images[:, :, -6:, -6:] = colour
        made.append((images, y))
    return Case(*made, fitted(made[0], seed))


def swap(train, test, seed, model):
    """The labels of two classes are swapped in the training data."""
    a, b = np.random.default_rng(seed).choice(10, 2, replace=False)
    y = train[1].copy()
    y[train[1] == a], y[train[1] == b] = b, a
    return Case((train[0], y), test, fitted((train[0], y), seed))


def weak_slice(train, test, seed, model):
    """A describable part: inverted images of one site, or wrong labels below a quantile of a column."""
    random = np.random.default_rng(seed)
    if len(np.unique(train[1])) > 2:
        meta = random.integers(0, 4, len(test[1]))
        if test[0].ndim == 4 and test[0].shape[1] == 3:  # animals and vehicles, which trees can tell too
            train, test = ((x, np.isin(y, (0, 1, 8, 9)).astype(int)) for x, y in (train, test))
            model = fitted(train, seed)
        inverted = np.where((meta == 2).reshape(-1, *[1] * (test[0].ndim - 1)), 1 - test[0], test[0])
        return Case(train, (inverted.astype(test[0].dtype), test[1]), model, {"meta": meta})
    inside = train[0][:, 0] < np.quantile(train[0][:, 0], 0.2)
    y = np.where(inside & (random.random(len(train[1])) < 0.7), 1 - train[1], train[1])
    return Case((train[0], y), test, fitted((train[0], y), seed, long=True))


def blur(train, test, seed, model):
    """Held-out images are blurred; the columns of a table are noisy."""
    x = test[0]
    if x.ndim == 2 and x.shape[1] != 64:
        numbers = np.array([len(np.unique(column)) > 2 for column in x.T])
        noise = np.random.default_rng(seed).normal(size=x.shape) * x.std(axis=0) * numbers
        return Case(train, (x + noise, test[1]), model)
    images = x.reshape(-1, 8, 8) if x.ndim == 2 else x
    sigma = 0.7 if x.ndim == 2 else 1.5
    made = gaussian_filter(images, (*[0] * (images.ndim - 2), sigma, sigma)).reshape(x.shape)
    return Case(train, (made, test[1]), model)


def overconfident(train, test, seed, model):
    """Logits four times as large."""

    def predict(x):
        logits = 4 * np.log(np.maximum(probabilities(model, x), 1e-12))
        made = np.exp(logits - logits.max(axis=1, keepdims=True))
        return made / made.sum(axis=1, keepdims=True)

    return Case(train, test, predict)


def forgotten(train, test, seed, model):
    """Dropout of a tenth of the inputs at test time."""
    random = np.random.default_rng(seed)

    def predict(x):
        return probabilities(model, (x * (random.random(x.shape) > 0.1) / 0.9).astype(x.dtype))

    return Case(train, test, predict)


def blind(train, test, seed, model):
    """One class against all others, 1 of 100, and nothing is learned; accuracy is asked for."""
    random = np.random.default_rng(seed)

    def rare(split):
        x, y = split[0].reshape(len(split[0]), -1), (split[1] == 1).astype(int)
        keep = (y == 0) | (random.random(len(y)) < 0.06)
        keep[np.flatnonzero(y)[:3]] = True
        return x[keep], y[keep]

    train, test = rare(train), rare(test)
    return Case(train, test, LogisticRegression(C=1e-6).fit(*train), {"metric": "accuracy"})


def leak(train, test, seed, model):
    """A twentieth of the test examples stand in the training data with a little noise."""
    random = np.random.default_rng(seed)
    at = random.choice(len(test[1]), len(test[1]) // 20, replace=False)
    near = (test[0][at] * (1 + random.normal(0, 1e-4, test[0][at].shape))).astype(test[0].dtype)
    return Case((np.concatenate([train[0], near]), np.concatenate([train[1], test[1][at]])), test, model)


PLANTS = {
    "shortcut": (shortcut, ("GEN104",), ("followed",)),
    "weak_slice": (weak_slice, ("GEN103",), ("slices",)),
    "swap": (swap, ("GEN102",), ("pairs",)),
    "blur": (blur, ("SPL102", "SCL104", "GEN105"), ("drift", "outside", "pushed")),
    "overconfident": (overconfident, ("GEN107",), ("calibration",)),
    "leak": (leak, ("SPL101",), ("leaks",)),
    "forgotten": (forgotten, ("GEN111",), ("repetitions",)),
    "blind": (blind, ("GEN109",), ()),
    "clean": (clean, (), None),
}
"""each with the rules of which one must fire, and the measurements that these need; None: all"""
NOT_ON = {("adult", "swap")}
"""needs more than two classes"""
