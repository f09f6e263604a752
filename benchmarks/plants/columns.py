"""Defects of single columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from plants.plant import (
    Plant,
    Planter,
    Random,
    numbers,
    options,
    singles,
    some,
    whole,
    with_column,
)


def missing(name: str, rows: int) -> Planter:
    """Values that are absent (NaN)."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        column = numbers(data, random)
        at = some(random, len(data), 0.01 if mild else 0.15)
        values = data.x[column].astype(float).copy()
        values.iloc[at] = np.nan
        return Plant(
            data=name, what=f"{len(at)} of {len(data)} values NaN in {column}",
            sick=options(with_column(data, column, values)), clean=options(data), columns=frozenset([column]),
            rows=singles(at), key="missing_share", quantity=len(at) / len(data),
        )  # fmt: skip

    return plant


def sentinel(name: str, rows: int, value: float = -999) -> Planter:
    """A number that stands for missing, outside of the range of the others."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        far = [
            one
            for one in data.x.select_dtypes("number")
            if data.x[one].nunique() >= 15
            and (value > data.x[one].max() + data.x[one].std() or value < data.x[one].min() - data.x[one].std() / 20)
        ]
        column = str(random.choice(far))
        at = some(random, len(data), 0.01 if mild else 0.06)
        values = data.x[column].copy()
        values.iloc[at] = value
        return Plant(
            data=name, what=f"{len(at)} of {len(data)} values {value:g} in {column}",
            sick=options(with_column(data, column, values)), clean=options(data), columns=frozenset([column]),
            rows=singles(at), key="missing_share", quantity=len(at) / len(data),
        )  # fmt: skip

    return plant


def mark(name: str, rows: int, column: str) -> Planter:
    """A mark that stands for missing in a column of categories."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        at = some(random, len(data), 0.01 if mild else 0.1)
        word = str(random.choice(["?", "N/A", "unknown", "-"] if not mild else ["?", "NA"]))
        values = data.x[column].copy()
        values.iloc[at] = word
        return Plant(
            data=name, what=f"{len(at)} of {len(data)} values '{word}' in {column}",
            sick=options(with_column(data, column, values)), clean=options(data), columns=frozenset([column]),
            rows=singles(at), key="missing_share", quantity=len(at) / len(data),
        )  # fmt: skip

    return plant


def zeros(name: str, rows: int) -> Planter:
    """0 for missing, in a column whose values are far from 0."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        far = [one for one in data.x.select_dtypes("number") if data.x[one].min() > 0.3 * data.x[one].mean()]
        column = str(random.choice(far))
        at = some(random, len(data), 0.02 if mild else 0.1)
        values = data.x[column].copy()
        values.iloc[at] = 0
        return Plant(
            data=name, what=f"{len(at)} of {len(data)} values 0 in {column}",
            sick=options(with_column(data, column, values)), clean=options(data), columns=frozenset([column]),
            rows=singles(at), key="missing_share", quantity=len(at) / len(data),
        )  # fmt: skip

    return plant


def outliers(name: str, rows: int) -> Planter:
    """Values far out, on both sides, all different."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        light = [one for one in data.x.select_dtypes("number")
                 if data.x[one].nunique() > 20 and abs(data.x[one].kurt()) < 1.5]  # fmt: skip
        column = str(random.choice(light))
        at = some(random, len(data), 0.005 if mild else 0.02)
        spread = data.x[column].std()
        values = data.x[column].astype(float).copy()
        far = random.uniform(12, 20, len(at)) if mild else random.uniform(30, 300, len(at))
        values.iloc[at] = values.mean() + far * spread * random.choice([-1, 1], len(at))
        return Plant(
            data=name, what=f"{len(at)} of {len(data)} values {far.min():.0f} … {far.max():.0f} sd out in {column}",
            sick=options(with_column(data, column, values)), clean=options(data), columns=frozenset([column]),
            rows=singles(at), key="outlier_share", quantity=len(at) / len(data),
        )  # fmt: skip

    return plant


def constant(name: str, rows: int) -> Planter:
    """A column of one value; mild: nearly, by rounding errors or with one other value."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        value = float(random.uniform(1, 1000))
        if not mild:
            values = np.full(len(data), value)
        elif random.random() < 0.5:
            values = value * (1 + 1e-9 * random.normal(size=len(data)))
        else:
            values = np.full(len(data), value)
            values[random.integers(len(data))] += 1
        sound = random.normal(value, value / 10, len(data))
        return Plant(
            data=name, what=f"a column of {len(np.unique(values))} values near {value:.1f}",
            sick=options(with_column(data, "extra", values)), clean=options(with_column(data, "extra", sound)),
            columns=frozenset(["extra"]),
        )  # fmt: skip

    return plant


def redundant(name: str, rows: int) -> Planter:
    """A column in another unit; mild: rounded besides."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        column = numbers(data, random, distinct=40)
        values = data.x[column].to_numpy(float)
        made = values * random.uniform(0.1, 10) + random.uniform(-5, 5)
        if mild:
            step = made.std() / 50
            made = np.round(made / step) * step
        sound = random.permutation(made)
        correlation = abs(float(np.corrcoef(values, made)[0, 1]))
        return Plant(
            data=name, what=f"{column} in another unit: correlation {correlation:.5f}",
            sick=options(with_column(data, "extra", made)), clean=options(with_column(data, "extra", sound)),
            columns=frozenset(["extra", column]), key="correlation", quantity=correlation,
        )  # fmt: skip

    return plant


def answer_inside(name: str, rows: int) -> Planter:
    """The target stands among the inputs; mild: recoded, with one row of a hundred wrong."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        if data.regression:
            values = 2.5 * data.y + 1 + (0.05 * data.y.std() * random.normal(size=len(data)) if mild else 0)
            true = float(np.corrcoef(values, data.y)[0, 1] ** 2)
        else:
            codes = np.searchsorted(np.unique(data.y), data.y)
            wrong = some(random, len(data), 0.01) if mild else np.array([], int)
            codes[wrong] = random.permutation(codes[wrong])
            values = 7.0 - 2 * codes if random.random() < 0.5 else np.array([f"v{one}" for one in codes], dtype=object)
            true = 1.0 - len(wrong) / len(data)
        return Plant(
            data=name, what=f"the target as a column, {true:.3f} right",
            sick=options(with_column(data, "outcome", values)),
            clean=options(with_column(data, "outcome", random.permutation(values))), columns=frozenset(["outcome"]),
            key="column_accuracy", quantity=true,
        )  # fmt: skip

    return plant


def shortcut(name: str, rows: int) -> Planter:
    """A column about how the data was collected says much about the label: number, time stamp, source."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        kinds = np.unique(data.y)
        codes = np.searchsorted(kinds, data.y)
        right = random.random(len(data)) < (0.8 if mild else 0.9)
        seen = np.where(right, codes, random.integers(0, len(kinds), len(data)))
        form = int(random.choice(3))
        column = ("sample_id", "recorded_at", "site")[form]

        def values(of: np.ndarray) -> object:
            if form == 2:
                return np.array([f"site {one}" for one in of], dtype=object)
            place = np.argsort(np.argsort(of + 0.001 * random.random(len(of))))
            if form == 0:
                return 10_000 + place
            return pd.Timestamp("2024-01-01") + pd.to_timedelta(place * 37, unit="min")

        return Plant(
            data=name, what=f"{column} follows the label in {np.mean(seen == codes):.2f}",
            sick=options(with_column(data, column, values(seen))),
            clean=options(with_column(data, column, values(random.permutation(seen)))), columns=frozenset([column]),
            key="shortcut_accuracy", quantity=float(np.mean(seen == codes)),
        )  # fmt: skip

    return plant


PLANTERS: Mapping[str, tuple[Planter, ...]] = {
    "DAT107": (
        missing("sonar", 208), sentinel("mammography", 2000), mark("adult", 2000, "education"),
        zeros("wheat-seeds", 210), missing("abalone", 2000), sentinel("sonar", 208, -1),
        sentinel("abalone", 2000, 9999), missing("oil-spill", 937), mark("abalone", 1500, "sex"),
        sentinel("adult", 2000, -1), zeros("housing", 506),
        sentinel("banknote", 1372, 99),
    ),
    "DAT108": (
        outliers("sonar", 208), outliers("banknote", 1372), outliers("phoneme", 2000), outliers("wheat-seeds", 210),
        outliers("diabetes", 442), outliers("abalone", 2000),
    ),
    "DAT109": (
        constant("sonar", 208), constant("adult", 2000), constant("abalone", 2000), constant("mammography", 2000),
        constant("pima", 768),
    ),
    "DAT110": (
        redundant("sonar", 208), redundant("adult", 2000), redundant("pima", 768), redundant("mammography", 2000),
        redundant("oil-spill", 937), redundant("abalone", 2000),
    ),
    "DAT118": (
        answer_inside("adult", 2000), answer_inside("sonar", 208), answer_inside("abalone", 2000),
        answer_inside("pima", 768), answer_inside("mammography", 3000), answer_inside("housing", 506),
        answer_inside("wheat-seeds", 210),
    ),
}  # fmt: skip
SHORTCUTS = (shortcut("adult", 2000), shortcut("pima", 768), shortcut("phoneme", 1500))
