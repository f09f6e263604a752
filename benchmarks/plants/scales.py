"""Scales, skew, and what was prepared otherwise in one split."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from plants.plant import (
    Plant,
    Planter,
    Random,
    numbers,
    options,
    split,
    standardised,
    whole,
    with_column,
    with_inputs,
)


def unscaled(name: str, rows: int) -> Planter:
    """One standardised column in a unit far smaller; plain: several, or far from 0."""

    def plant(random: Random, mild: bool) -> Plant:
        data = standardised(whole(name, rows, random))[0]
        x = data.x.copy()
        factor = random.uniform(200, 500) if mild else 10 ** random.uniform(3.5, 6)
        columns = random.choice(x.columns, 1 if mild else max(1, x.shape[1] // 4), replace=False)
        x[columns] = (x[columns] + (0 if mild else 2)) * factor
        return Plant(
            data=name, what=f"{len(columns)} of {x.shape[1]} columns × {factor:.0f}",
            sick=options(with_inputs(data, x)),
            clean=options(data), key="scale_ratio", quantity=factor,
        )  # fmt: skip

    return plant


def skewed(name: str, rows: int) -> Planter:
    """The exponential of a column that is about normal."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        x = data.x.select_dtypes("number")
        straight = x.columns[(x.nunique() > 40) & (x.skew().abs() < 0.4) & (x.kurt() < 1)]
        column = str(random.choice(straight))
        scaled = (data.x[column] - data.x[column].mean()) / data.x[column].std()
        power, least = 0.5, random.uniform(1.3, 2) if mild else random.uniform(2.5, 4)
        while np.exp(power * scaled).skew() < least and power < 10:
            power *= 1.05
        made = np.exp(power * scaled)
        return Plant(
            data=name, what=f"{column} with a skewness of {made.skew():.1f}",
            sick=options(with_column(data, column, made)), clean=options(data), columns=frozenset([column]),
            key="skewness", quantity=float(made.skew()),
        )  # fmt: skip

    return plant


def other_unit(name: str, rows: int) -> Planter:
    """One column of the test split in another unit; plain: every column scaled a second time."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random)
        if mild:
            column = numbers(train, random)
            factor = float(random.choice([1 / 2.54, 2.54, 2.2046, 1 / 1.609, 10.0, 0.1]))
            while 0.6 < factor < 1.7:
                factor = factor**2
            sick = with_column(test, column, test.x[column] * factor)
            return Plant(
                data=name, what=f"{column} × {factor:.3f} in the test split", sick=options(train, test=sick),
                clean=options(train, test=test), columns=frozenset([column]), key="scale_factor", quantity=factor,
                either_way=True,
            )  # fmt: skip
        once = standardised(train, test)
        return Plant(
            data=name, what="training standardised, the test split raw", sick=options(once[0], test=test),
            clean=options(*once[:1], test=once[1]),
        )  # fmt: skip

    return plant


def inflated(name: str, rows: int) -> Planter:
    """A column whose spread is tiny beside its values: standardising it makes noise of it in float32.

    A column that is standardised already cannot be told from a sound one of few different values.
    """

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        value, noise = 10 ** random.uniform(2, 9), random.normal(size=len(data))
        spread = random.uniform(2e-6, 6e-6) if mild else random.uniform(3e-7, 1e-6)
        return Plant(
            data=name, what=f"a column of {value:.6g} ± {spread * value:.1e}",
            sick=options(with_column(data, "extra", value * (1 + spread * noise))),
            clean=options(with_column(data, "extra", random.permutation(data.x[numbers(data, random)]))),
            columns=frozenset(["extra"]),
        )  # fmt: skip

    return plant


def fitted_on_test(name: str, rows: int) -> Planter:
    """Scaled by mean and spread of both splits together; mild: to 0 … 1, or with n - 1, and a small test split."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        data = with_inputs(data, data.x.select_dtypes("number").loc[:, lambda x: x.nunique() > 20])
        cut = int((0.85 if mild else 0.7) * len(data))
        # With all extremes in training, both scalers are the same, and nothing is wrong.
        while data.x.iloc[:cut].agg(["min", "max"]).equals(data.x.agg(["min", "max"])):
            data = data.take(random.permutation(len(data)))
        train = data.x.iloc[:cut]
        if mild and random.random() < 0.5:
            what = "to 0 … 1"
            sick, clean = ((data.x - by.min()) / (by.max() - by.min()) for by in (data.x, train))
        else:
            what = "standardised"
            sick, clean = ((data.x - by.mean()) / by.std(ddof=int(mild)) for by in (data.x, train))
        first, last = np.arange(cut), np.arange(cut, len(data))
        return Plant(
            data=name, what=f"{what} by both splits together",
            sick=options(with_inputs(data, sick).take(first), test=with_inputs(data, sick).take(last)),
            clean=options(with_inputs(data, clean).take(first), test=with_inputs(data, clean).take(last)),
        )  # fmt: skip

    return plant


PLANTERS: Mapping[str, tuple[Planter, ...]] = {
    "SCL101": (
        unscaled("sonar", 208), unscaled("banknote", 1000), unscaled("phoneme", 1500), unscaled("mammography", 2000),
        unscaled("pima", 768),
    ),
    "SCL103": (skewed("sonar", 208), skewed("banknote", 1372), skewed("wheat-seeds", 210), skewed("diabetes", 442)),
    "SCL104": (
        other_unit("sonar", 208), other_unit("pima", 768), other_unit("banknote", 1200),
        other_unit("oil-spill", 900), other_unit("wheat-seeds", 210),
    ),
    "SCL105": (inflated("sonar", 208), inflated("pima", 768), inflated("mammography", 2000), inflated("phoneme", 2000)),
    "SCL106": (
        fitted_on_test("sonar", 208), fitted_on_test("pima", 768), fitted_on_test("banknote", 1200),
        fitted_on_test("mammography", 2000), fitted_on_test("abalone", 2000), fitted_on_test("adult", 2000),
    ),
}  # fmt: skip
