"""Defects of labels: imbalance, wrong, conflicting, badly encoded ones, out of step, unrelated, too few."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from plants.data import Array
from plants.hardness import noise_apart
from plants.plant import (
    Plant,
    Planter,
    Random,
    of_classes,
    options,
    singles,
    some,
    split,
    standardised,
    whole,
    with_inputs,
    with_labels,
)


def imbalance(name: str, rows: int) -> Planter:
    """All but some of the rows of one class are left out; clean: two classes of the same size."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, 10**6, random)
        kinds = np.unique(data.y)
        often, rare = random.choice(len(kinds), 2, replace=False)
        data = of_classes(data, kinds[[often, rare]])
        a, b = (np.flatnonzero(data.y == kind) for kind in np.unique(data.y)[:: 1 if often < rare else -1])
        half = min(len(a), len(b), rows // 2)
        share = random.uniform(0.80, 0.87) if mild else random.uniform(0.93, 0.97)
        few = max(3, round(half * (1 - share) / share))
        order = random.permutation
        return Plant(
            data=name, what=f"majority share {half / (half + few):.2f}",
            sick=options(data.take(order(np.concatenate([a[:half], b[:few]])))),
            clean=options(data.take(order(np.concatenate([a[:half], b[:half]])))),
            key="majority_share", quantity=half / (half + few),
        )  # fmt: skip

    return plant


def flipped(y: Array, at: Array, random: Random) -> Array:
    """Other labels, drawn at random, at these positions."""
    wrong = y.copy()
    kinds = np.unique(y)
    for one in at:
        wrong[one] = random.choice(kinds[kinds != y[one]])
    return wrong


def noise(name: str, rows: int) -> Planter:
    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        share = 0.05 if mild else random.uniform(0.1, 0.2)
        at = some(random, len(data), share)
        return Plant(
            data=name, what=f"{share:.0%} wrong labels", sick=options(with_labels(data, flipped(data.y, at, random))),
            clean=options(data), rows=singles(at), key="noise_share", quantity=len(at) / len(data), within=0.35,
            apart=noise_apart(data, share),
        )  # fmt: skip

    return plant


def confused(name: str, rows: int) -> Planter:
    """Four classes, one of which is often labelled as another."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        kinds = random.choice(np.unique(data.y), 4, replace=False)
        data = of_classes(data, kinds)
        a, b = np.searchsorted(np.sort(kinds), kinds[:2])
        of_a = np.flatnonzero(data.y == a)
        at = np.sort(random.choice(of_a, round((0.2 if mild else 0.4) * len(of_a)), replace=False))
        y = data.y.copy()
        y[at] = b
        return Plant(
            data=name, what=f"{len(at)} of {len(of_a)} of class {a} labelled {b}", sick=options(with_labels(data, y)),
            clean=options(data), rows=singles(at), key="noise_share", quantity=len(at) / len(data), within=0.35,
            apart=noise_apart(data, len(at) / len(data)),
        )  # fmt: skip

    return plant


def conflicting(name: str, rows: int) -> Planter:
    """Some rows stand in the data twice, under different labels."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        at = some(random, len(data), 0.025 if mild else 0.12, least=6)
        order = random.permutation(len(data) + len(at))
        y = np.concatenate([data.y, flipped(data.y, at, random)[at]])
        both = np.concatenate([np.arange(len(data)), at])
        sick = with_labels(data.take(both), y).take(order)
        place = np.argsort(order)
        pairs = tuple(frozenset([int(place[one]), int(place[len(data) + k])]) for k, one in enumerate(at))
        return Plant(
            data=name, what=f"{len(at)} rows of {len(sick)} twice, with two labels", sick=options(sick),
            clean=options(data), rows=pairs, key="conflicting_share", quantity=2 * len(at) / len(sick),
        )  # fmt: skip

    return plant


def misspelt(name: str, rows: int) -> Planter:
    """Some labels are written otherwise: in capitals, or with a blank or a dot behind."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        y = np.array([f"kind {one}" for one in data.y], dtype=object)
        at = some(random, len(data), 0.02 if mild else 0.2)
        form = random.choice(3)
        wrong = y.copy()
        for one in at:
            wrong[one] = (y[one].upper(), f"{y[one]} ", f"{y[one]}.")[form]
        return Plant(
            data=name, what=f"{len(at)} labels written otherwise ({('capitals', 'blank', 'dot')[form]})",
            sick=options(with_labels(data, wrong)), clean=options(with_labels(data, y)),
        )  # fmt: skip

    return plant


def other_code(name: str, rows: int) -> Planter:
    """The labels of the test split are coded otherwise: inverted, off by one; plain: as other words."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random)
        kinds = np.unique(train.y)
        codes = [np.searchsorted(kinds, one.y) for one in (train, test)]
        if mild:
            wrong, what = (1 - codes[1], "inverted") if len(kinds) == 2 else (codes[1] + 1, "off by one")
        else:
            wrong, what = np.array([f"kind {one}" for one in codes[1]], dtype=object), "strings instead of numbers"
        clean = [with_labels(one, code) for one, code in zip((train, test), codes, strict=True)]
        return Plant(
            data=name, what=f"test labels {what}", sick=options(clean[0], test=with_labels(test, wrong)),
            clean=options(clean[0], test=clean[1]),
        )  # fmt: skip

    return plant


def gap(name: str, rows: int) -> Planter:
    """A class that stands in the test split is missing in training (mild), or a label is a number for missing."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random)
        if mild:
            sick = train.take(np.flatnonzero(train.y != random.choice(np.unique(train.y))))
            what = "a class of the test split is missing in training"
        else:
            y = np.asarray(train.y).astype(int).copy()
            y[some(random, len(train), 0.02)] = 255
            sick, what = with_labels(train, y), "labels 255 among 0 … K-1"
        return Plant(data=name, what=what, sick=options(sick, test=test), clean=options(train, test=test))

    return plant


def out_of_step(name: str, rows: int) -> Planter:
    """Labels are those of another row: of all rows, or (mild) from a row on."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        lag = int(random.integers(1, 4))
        start = round(random.uniform(0.5, 0.7) * len(data)) if mild else 0
        y = data.y.copy()
        y[start:] = np.roll(data.y[start:], lag)
        return Plant(
            data=name, what=f"labels {lag} rows late from row {start} of {len(data)} on",
            sick=options(with_labels(data, y)), clean=options(data), key="lag", quantity=float(lag),
        )  # fmt: skip

    return plant


def unrelated(name: str, rows: int, few: int) -> Planter:
    """Labels in random order; mild: of few rows."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, few if mild else rows, random)
        return Plant(
            data=name, what=f"{len(data)} labels in random order",
            sick=options(with_labels(data, random.permutation(data.y))), clean=options(data),
        )  # fmt: skip

    return plant


def too_few(name: str, rows: int) -> Planter:
    """Few examples of every class, or (mild) of one."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        kinds = np.unique(data.y)
        few = int(random.integers(4, 8)) if mild else int(random.integers(3, 6))
        rare = random.choice(kinds)
        keep = [np.flatnonzero(data.y == kind)[: few if kind == rare or not mild else None] for kind in kinds]
        sick = data.take(np.sort(np.concatenate(keep)))
        return Plant(
            data=name, what=f"{few} examples of {f'class {rare}' if mild else 'each class'}", sick=options(sick),
            clean=options(data), key="examples_per_class", quantity=float(few),
        )  # fmt: skip

    return plant


def small(name: str, rows: int) -> Planter:
    """Fewer rows than columns; mild: hardly more."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        width = data.x.shape[1]
        count = round((1.3 if mild else 0.5) * width)
        return Plant(
            data=name, what=f"{count} rows of {width} columns", sick=options(data.take(np.arange(count))),
            clean=options(data),
        )  # fmt: skip

    return plant


def sorted_rows(name: str, rows: int) -> Planter:
    """Rows in the order of their labels; mild: only the later half of the file, and every tenth row elsewhere."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        y = np.asarray(data.y).astype(float if data.regression else str)
        if mild:
            start = len(data) // 2
            order = np.concatenate([np.arange(start), start + np.argsort(y[start:], kind="stable")])
            loose = some(random, len(data), 0.1)
            order[loose] = random.permutation(order[loose])
        else:
            order = np.argsort(y, kind="stable")
        return Plant(
            data=name, what=f"{'half of the file' if mild else 'file'} sorted by label",
            sick=options(data.take(order)), clean=options(data),
        )  # fmt: skip

    return plant


def unscaled_target(name: str, rows: int) -> Planter:
    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        y = (data.y - data.y.mean()) / data.y.std()
        factor = random.uniform(30, 60) if mild else 10 ** random.uniform(2.5, 5)
        offset = 0.0 if mild else 3 * factor
        table = standardised(with_inputs(data, data.x.select_dtypes("number")))[0]
        return Plant(
            data=name, what=f"target × {factor:.0f} + {offset:.0f}",
            sick=options(with_labels(table, y * factor + offset)), clean=options(with_labels(table, y)),
            key="target_std", quantity=factor,
        )  # fmt: skip

    return plant


def unequal_targets(name: str, rows: int) -> Planter:
    """Two targets, one of them in a far smaller unit."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        table = standardised(with_inputs(data, data.x.select_dtypes("number")))[0]
        first = (data.y - data.y.mean()) / data.y.std()
        other = table.x.iloc[:, 0].to_numpy() + 0.5 * random.normal(size=len(data))
        factor = random.uniform(30, 60) if mild else 10 ** random.uniform(2.5, 4)
        x = table.x.to_numpy()[:, 1:]

        def given(unit: float) -> Mapping[str, object]:
            return {"data": x, "y": np.column_stack([first, unit * other / other.std()])}

        return Plant(
            data=name, what=f"second target in a unit {factor:.0f} times smaller", sick=given(factor), clean=given(1.0),
            key="scale_ratio|target_ratio|ratio", quantity=factor, either_way=True,
        )  # fmt: skip

    return plant


PLANTERS: Mapping[str, tuple[Planter, ...]] = {
    "DAT101": (
        imbalance("mnist", 800), imbalance("adult", 2000), imbalance("digits_table", 360), imbalance("cifar10", 400),
        imbalance("review_polarity", 400), imbalance("banknote", 1000),
    ),
    "DAT103": (
        noise("digits", 1797), noise("mnist", 2000), noise("banknote", 1372), confused("digits", 1797),
        noise("digits_table", 1797), noise("breast_cancer", 569), noise("adult", 3000), noise("phoneme", 3000),
        noise("pima", 768), noise("review_polarity", 600),
    ),
    "DAT104": (
        conflicting("digits", 800), conflicting("banknote", 800), conflicting("adult", 1500),
        conflicting("sonar", 208), conflicting("review_polarity", 300), conflicting("mnist", 600),
        conflicting("pima", 768),
    ),
    "DAT111": (
        too_few("digits", 1200), too_few("mnist", 1200), small("sonar", 208), too_few("wheat-seeds", 210),
        too_few("cifar10", 800), small("breast_cancer", 569),
    ),
    "DAT112": (
        unrelated("digits", 1200, 300), unrelated("banknote", 1200, 300), unrelated("adult", 2000, 800),
        unrelated("mnist", 1000, 300), unrelated("abalone", 2000, 1000), unrelated("review_polarity", 600, 300),
    ),
    "DAT114": (
        misspelt("digits", 1000), other_code("banknote", 1200), gap("mnist", 1000), misspelt("adult", 1500),
        other_code("digits", 1200), other_code("sonar", 208), gap("digits_table", 1200),
    ),
    "DAT115": (
        out_of_step("digits", 1500), out_of_step("mnist", 1500), out_of_step("banknote", 1372),
        out_of_step("phoneme", 2500), out_of_step("adult", 2500), out_of_step("wheat-seeds", 210),
    ),
    "SPL103": (
        sorted_rows("digits", 1000), sorted_rows("adult", 1500), sorted_rows("mnist", 800), sorted_rows("pima", 768),
        sorted_rows("abalone", 1500), sorted_rows("review_polarity", 300),
    ),
    "SCL102": (unscaled_target("abalone", 1500), unscaled_target("housing", 506), unscaled_target("diabetes", 442)),
    "SCL107": (unequal_targets("abalone", 1500), unequal_targets("housing", 506), unequal_targets("diabetes", 442)),
}  # fmt: skip
