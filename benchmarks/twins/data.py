"""The sound data of the twins: real sets, cut into training and held-out parts, and generated ones."""

from __future__ import annotations

import gzip
import io
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from plants.data import cifar_files, load, shared

from twins.twin import Random

Array = np.ndarray


class Parts(NamedTuple):
    """Inputs and labels, training and held-out."""

    x: Array
    y: Array
    xt: Array
    yt: Array


def mnist(random: Random, train: int = 4000, test: int = 1000) -> Parts:
    """Handwritten digits, 28×28, uint8."""
    data = load("mnist")
    at = random.permutation(len(data.y))[: train + test]
    x, y = data.x[at].copy(), data.y[at].copy()
    return Parts(x[:train], y[:train], x[train:], y[train:])


def digits(random: Random, train: int = 1347) -> Parts:
    """Handwritten digits, 8×8 as 64 columns of 0…16."""
    data = load("digits")
    at = random.permutation(len(data.y))
    x, y = data.x.reshape(len(at), -1)[at].astype(float), data.y[at].copy()
    return Parts(x[:train], y[:train], x[train:], y[train:])


KINDS = ("airplane", "automobile", "frog", "ship")


@cache
def _pictures() -> tuple[Array, Array]:
    from PIL import Image

    files = [(name, raw) for name, raw in cifar_files(480) if name.split("/")[-2] in KINDS]
    x = np.stack([np.asarray(Image.open(io.BytesIO(raw)).convert("RGB")) for _, raw in files])
    return x, np.array([KINDS.index(name.split("/")[-2]) for name, _ in files])


def pictures(random: Random, train: int = 1200, test: int = 400) -> Parts:
    """Photos of four kinds, 32×32×3, uint8."""
    x, y = _pictures()
    at = random.permutation(len(y))[: train + test]
    x, y = x[at], y[at]
    return Parts(x[:train], y[:train], x[train:], y[train:])


class Tables(NamedTuple):
    """Training and held-out tables, the target in the column ``target``."""

    train: pd.DataFrame
    test: pd.DataFrame


def table(name: str, random: Random, rows: int = 3000, share: float = 0.7) -> Tables:
    """A table of numbers; classes as 0, 1, …; with ``_tens`` behind its name, a target in tens."""
    data = load(name.removesuffix("_tens"))
    frame = data.x.select_dtypes("number").astype(float)
    y = data.y / (10 if name.endswith("_tens") else 1) if data.regression else np.unique(data.y, return_inverse=True)[1]
    frame = frame.assign(target=y)
    frame = frame.iloc[random.permutation(len(frame))[:rows]].reset_index(drop=True)
    cut = int(share * len(frame))
    return Tables(frame[:cut].copy(), frame[cut:].reset_index(drop=True))


def inputs(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if name != "target"]


@cache
def _lines(name: str) -> tuple[str, ...]:
    with gzip.open(shared() / "multi30k" / name, "rt", encoding="utf-8") as file:
        return tuple(line.strip() for line in file)


def pairs(random: Random, count: int) -> tuple[list[str], list[str]]:
    """Captions in German and in English."""
    german, english = _lines("train.de.gz"), _lines("train.en.gz")
    at = random.permutation(len(german))[:count]
    return [german[one] for one in at], [english[one] for one in at]


TOPICS = (
    {"dog", "dogs"}, {"water", "beach", "pool", "ocean", "lake"}, {"street", "sidewalk", "city"},
    {"guitar", "music", "stage", "singing", "band"},
)  # fmt: skip


@cache
def _topics() -> tuple[tuple[int, str], ...]:
    found = []
    for line in _lines("train.en.gz"):
        words = [word.strip(".,\"'!").lower() for word in line.split()]
        kinds = [at for at, topic in enumerate(TOPICS) if topic & set(words)]
        if len(kinds) == 1:
            found.append((kinds[0], " ".join(word for word in words if word)))
    return tuple(found)


def captions(random: Random, count: int) -> list[tuple[int, str]]:
    """Captions about one of four topics, equally many of each."""
    all_of = _topics()
    kinds = np.array([kind for kind, _ in all_of])
    at = np.concatenate([random.permutation(np.flatnonzero(kinds == kind))[: count // 4] for kind in range(4)])
    return [all_of[one] for one in random.permutation(at)]


def persons(random: Random, count: int, length: int) -> tuple[Array, Array]:
    """Accelerometer of so many persons, (persons, activities, length, 3), and how each activity is drawn."""
    time = np.arange(length) / 20
    signal = np.zeros((count, 4, length, 3))
    for person in range(count):
        for kind, (rate, size) in enumerate(((0.2, 0.3), (1.3, 0.8), (1.9, 1.0), (2.6, 1.6))):
            rate_of = rate * random.uniform(0.88, 1.14)
            phase = random.uniform(0, 6.28, 3)
            strength = size * random.uniform(0.75, 1.3, 3)
            wave = np.sin(2 * np.pi * rate_of * time[:, None] + phase) * strength
            drift = np.cumsum(random.normal(0, 0.03, (length, 3)), axis=0)
            signal[person, kind] = random.normal(0, 0.25, 3) + wave + drift + random.normal(0, 0.35, (length, 3))
    return signal.astype(np.float32), np.arange(4)


def series(random: Random, length: int) -> Array:
    """Hourly load: day, week, and a wandering level."""
    time = np.arange(length)
    level = np.zeros(length)
    shocks = random.normal(0, 0.25, length)
    for at in range(1, length):
        level[at] = 0.8 * level[at - 1] + shocks[at]
    return (np.sin(time * 2 * np.pi / 24) + 0.5 * np.sin(time * 2 * np.pi / 168) + level).astype(np.float32)
