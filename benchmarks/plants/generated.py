"""Clean data that is generated: its labels follow from its inputs, with honest noise where the name says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from plants.data import Data

Random = np.random.Generator
ROWS = 1200


def _frame(x: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(x, columns=[f"c{at}" for at in range(x.shape[1])])


def blobs(random: Random) -> Data:
    """Four well separated classes."""
    centres = random.normal(0, 2.5, (4, 8))
    y = random.integers(0, 4, ROWS)
    return Data("blobs", _frame(centres[y] + random.normal(size=(ROWS, 8))), y)


def linear(random: Random) -> Data:
    """Two classes, divided by a plane, without noise."""
    x = random.normal(size=(ROWS, 10))
    return Data("linear", _frame(x), (x @ random.normal(size=10) > 0).astype(int))


def hard(random: Random) -> Data:
    """Labels drawn from a logistic model: the Bayes error is about a quarter, and no label is wrong."""
    x = random.normal(size=(ROWS, 10))
    w = random.normal(size=10)
    chance = 1 / (1 + np.exp(-1.3 * x @ w / np.linalg.norm(w)))
    return Data("hard", _frame(x), (random.random(ROWS) < chance).astype(int))


def overlap(random: Random) -> Data:
    """Five overlapping classes: many rows lie nearer to another class."""
    centres = random.normal(0, 0.9, (5, 6))
    y = random.integers(0, 5, ROWS)
    return Data("overlap", _frame(centres[y] + random.normal(size=(ROWS, 6))), y)


def circles(random: Random) -> Data:
    """One class around the other: no column says anything alone."""
    y = random.integers(0, 2, ROWS)
    angle = random.uniform(0, 2 * np.pi, ROWS)
    radius = 1 + 1.2 * y + random.normal(0, 0.15, ROWS)
    rest = random.normal(size=(ROWS, 2))
    return Data("circles", _frame(np.column_stack([radius * np.cos(angle), radius * np.sin(angle), rest])), y)


def correlated(random: Random) -> Data:
    """Columns that share factors, as measurements do."""
    x = random.normal(size=(ROWS, 4)) @ random.normal(size=(4, 15)) + 0.5 * random.normal(size=(ROWS, 15))
    x /= x.std(axis=0)
    return Data("correlated", _frame(x), (x[:, 0] + x[:, 3] + 0.3 * random.normal(size=ROWS) > 0).astype(int))


def counts(random: Random) -> Data:
    """Coarse whole numbers: many rows are equal by chance, as in questionnaires."""
    x = random.integers(1, 6, (ROWS, 6))
    score = (x - 3) @ random.normal(size=6) + 1.5 * random.normal(size=ROWS)
    return Data("counts", _frame(x), (score > 0).astype(int))


def mixed(random: Random) -> Data:
    """Numbers, categories, a flag and a date."""
    kind = random.choice(["red", "green", "blue", "grey"], ROWS, p=[0.4, 0.3, 0.2, 0.1])
    size = random.normal(10, 2, ROWS)
    flag = random.integers(0, 2, ROWS)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700, ROWS), unit="D")
    score = (size - 10) / 2 + 1.2 * (kind == "red") - flag + 0.5 * random.normal(size=ROWS)
    frame = pd.DataFrame({"kind": kind, "size": size, "flag": flag, "day": day})
    return Data("mixed", frame, np.where(score > np.median(score), "yes", "no").astype(object))


def plane(random: Random) -> Data:
    """A linear regression, the target on unit scale."""
    x = random.normal(size=(ROWS, 8))
    y = x @ random.normal(size=8) / 3 + 0.3 * random.normal(size=ROWS)
    return Data("plane", _frame(x), (y - y.mean()) / y.std(), regression=True)


def waves(random: Random) -> Data:
    """Noisy sines of three frequencies with random phases: a series of 64 values a row."""
    y = random.integers(0, 3, ROWS)
    time = np.linspace(0, 2 * np.pi, 64)
    x = np.sin((2 + 2 * y)[:, None] * time + random.uniform(0, 2 * np.pi, ROWS)[:, None])
    return Data("waves", _frame(x + random.normal(0, 0.4, x.shape)), y)


def shapes(random: Random) -> Data:
    """Grey images: a square, a disc or a cross at a random place, with noise."""
    count, side = 450, 24
    y = random.integers(0, 3, count)
    row, column = np.mgrid[:side, :side]
    images = random.normal(60, 12, (count, side, side))
    for at, kind in enumerate(y):
        r, c = row - random.integers(7, 17), column - random.integers(7, 17)
        size = random.integers(3, 6)
        masks = (
            (abs(r) < size) & (abs(c) < size), r**2 + c**2 < size**2,
            ((abs(r) < 2) | (abs(c) < 2)) & (abs(r) < size + 1) & (abs(c) < size + 1),
        )  # fmt: skip
        images[at][masks[kind]] += random.uniform(90, 150)
    return Data("shapes", np.clip(images, 0, 255).astype(np.uint8), y)


GENERATED: Mapping[str, Callable[[Random], Data]] = {
    one.__name__: one
    for one in (blobs, linear, hard, overlap, circles, correlated, counts, mixed, plane, waves, shapes)
}  # fmt: skip
