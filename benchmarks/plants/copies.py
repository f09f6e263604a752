"""Copies: within a split, and from the held-out data into training; groups on both sides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from plants.data import Array
from plants.plant import Data, Plant, Planter, Random, options, singles, some, split, whole, with_inputs

COARSE = ("adult", "phoneme", "banknote", "mammography", "pima", "abalone")
"""tables on which near copies cannot be told row by row"""


def shaken(data: Data, amount: float, random: Random) -> Data:
    """Near copies: noise on each number or pixel (share of its spread), or a word left out of each text."""
    if isinstance(data.x, list):
        texts = []
        for text in data.x:
            words = text.split()
            for _ in range(max(1, round(amount * len(words)))):
                words.pop(int(random.integers(len(words))))
            texts.append(" ".join(words))
        return with_inputs(data, texts)
    if data.is_table:
        x = data.x.copy()
        for name in x.columns:
            if x[name].dtype.kind in "if" and x[name].nunique() > 20:
                x[name] = x[name] + amount * x[name].std() * random.normal(size=len(x))
        return with_inputs(data, x)
    high = float(data.x.max())
    noisy = data.x + amount * high * random.normal(size=data.x.shape)
    return with_inputs(data, np.clip(np.round(noisy), 0, high).astype(data.x.dtype))


def joined(first: Data, second: Data) -> Data:
    if isinstance(first.x, list):
        x: object = first.x + second.x
    elif first.is_table:
        x = pd.concat([first.x, second.x], ignore_index=True)
    else:
        x = np.concatenate([first.x, second.x])
    return Data(first.name, x, np.concatenate([first.y, second.y]), first.regression)


def _apart(name: str, near: bool) -> str:
    return "near copies on coarse tables" if near and name in COARSE else ""


def duplicates(name: str, rows: int, *, near: bool = False) -> Planter:
    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        at = some(random, len(data), 0.03 if mild else 0.15, least=5)
        copies = data.take(at)
        if near:
            copies = shaken(copies, 0.02 if mild else 0.01, random)
        order = random.permutation(len(data) + len(at))
        place = np.argsort(order)
        pairs = tuple(frozenset([int(place[one]), int(place[len(data) + k])]) for k, one in enumerate(at))
        return Plant(
            data=name, what=f"{len(at)} {'near ' if near else ''}copies among {len(order)} rows",
            sick=options(joined(data, copies).take(order)), clean=options(data), rows=pairs,
            key="duplicate_share", quantity=len(at) / len(order), apart=_apart(name, near),
        )  # fmt: skip

    return plant


def twins(train: Data, test: Data) -> Array:
    """Rows of the test split that stand in training by chance: true copies as well, as coarse tables have them."""
    known = set(train.x.itertuples(index=False, name=None))
    return np.array([at for at, row in enumerate(test.x.itertuples(index=False, name=None)) if row in known], int)


def leak(name: str, rows: int, *, near: bool = False) -> Planter:
    """Some of the test rows stand in training too."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random)
        at = some(random, len(test), 0.1 if mild else 0.4)
        copies = test.take(at)
        if near:
            copies = shaken(copies, 0.02 if mild else 0.01, random)
        order = random.permutation(len(train) + len(at))
        true = np.union1d(at, twins(train, test)) if train.is_table else at
        return Plant(
            data=name, what=f"{len(at)} of {len(test)} test rows in training{', nearly the same' * near}",
            sick=options(joined(train, copies).take(order), test=test), clean=options(train, test=test),
            split="test", rows=singles(true), key="leaked_share", quantity=len(at) / len(test),
            apart=_apart(name, near),
        )  # fmt: skip

    return plant


def groups(name: str, rows: int) -> Planter:
    """Groups of about eight rows (patients), given by a column, some on both sides of the split."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        count = len(data) // 8
        of = np.sort(random.integers(0, count, len(data)))
        data = with_inputs(data, data.x.assign(patient=[f"p{one:04d}" for one in of]))
        test_groups = random.choice(count, round(0.3 * count), replace=False)
        held = np.isin(of, test_groups)
        moved = random.choice(test_groups, max(3, round((0.1 if mild else 0.5) * len(test_groups))), replace=False)
        over = np.isin(of, moved) & (random.random(len(of)) < 0.5)

        def given(test: Array) -> Mapping[str, object]:
            order = random.permutation(len(of))
            a, b = order[~test[order]], order[test[order]]
            return {**options(data.take(a), test=data.take(b)), "group": "patient"}

        both = held & ~over
        true = len(set(of[both]) & set(of[~both]))
        return Plant(
            data=name, what=f"{true} of {count} groups on both sides", sick=given(both), clean=given(held),
            split="test", key="group_count", quantity=float(true),
        )  # fmt: skip

    return plant


PLANTERS: Mapping[str, tuple[Planter, ...]] = {
    "DAT105": (
        duplicates("digits", 800), duplicates("mnist", 600, near=True), duplicates("sonar", 208, near=True),
        duplicates("adult", 1500), duplicates("cifar10", 400, near=True), duplicates("oil-spill", 937, near=True),
        duplicates("review_polarity", 300), duplicates("abalone", 1500), duplicates("earthquakes", 395),
        duplicates("banknote", 1000, near=True),
    ),
    "SPL101": (
        leak("digits", 1200), leak("mnist", 900, near=True), leak("adult", 2000), leak("sonar", 208, near=True),
        leak("cifar10", 500, near=True), groups("banknote", 1200), leak("oil-spill", 937), leak("abalone", 2000),
        leak("review_polarity", 500, near=True), leak("earthquakes", 395), groups("adult", 1500),
        leak("mammography", 3000),        leak("phoneme", 2000, near=True),
    ),
}  # fmt: skip
