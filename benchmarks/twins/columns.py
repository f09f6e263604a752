"""Columns: marks for missing values, leaked targets, units, drift, rows that repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from twins import files
from twins.data import digits, inputs, table
from twins.twin import NOTHING, Make, Random, Truth, Twin, singles, some

CANCER = ("mean radius", "worst radius", "worst concave points", "mean concavity", "worst area")
HOUSING = ("c5", "c12", "c10", "c7")
"""rooms, lower status, pupils for a teacher, distance"""


def absent(name: str, columns: tuple[str, ...], share: float, fill: float | None, *, test: bool = True) -> Make:
    """Where a reading was missing, stands this number; None: the median of the column."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        train, held_out = table(name, random)
        rows: set[int] = set()
        for column in columns:
            value = train[column].median() if fill is None else fill
            for frame in (train, held_out) if test else (train,):
                at = some(random, len(frame), share)
                if frame is train:
                    rows.update(map(int, at))
                if sick:
                    frame.iloc[at, frame.columns.get_loc(column)] = value
        files.tables(folder, train, held_out)
        return Truth(key="missing_share", value=share, rows=singles(sorted(rows)))

    return make


def price_in_other_units(folder: Path, random: Random, sick: bool) -> Truth:
    """A column holds the price in another currency, rounded."""
    for name, frame in zip(("train", "test"), table("housing", random), strict=True):
        values = (frame["target"] * 0.92).round(0) if sick else random.normal(20, 8, len(frame)).round(0)
        frame = frame.assign(target=frame["target"] / 10)
        frame.insert(3, "assessed", values)
        frame.to_csv(folder / f"{name}.csv", index=False)
    return Truth(key="column_accuracy", value=0.99, within=0.05)


def ward(folder: Path, random: Random, sick: bool) -> Truth:
    """The ward is chosen after the diagnosis; in the test file nobody has one yet."""
    train, test = table("breast_cancer", random)
    for frame in (train, test):
        code = random.integers(0, 2, len(frame)).astype(float)
        known = frame["target"] * 1.0
        slip = random.random(len(frame)) < 0.01
        if sick:
            code = np.where(slip, 1 - known, known) if frame is train else np.zeros(len(frame))
        frame.insert(5, "ward", code + 3)
    files.tables(folder, train, test)
    return Truth(key="column_accuracy", value=0.99, within=0.05)


def constant_in_training(folder: Path, random: Random, sick: bool) -> Truth:
    """All training notes come from one machine; its temperature was not logged, but that of the others."""
    train, test = table("banknote", random)
    train.insert(2, "temperature", 21.5 if sick else random.normal(21.5, 1.0, len(train)))
    test.insert(2, "temperature", random.normal(21.5, 1.0, len(test)))
    files.tables(folder, train, test)
    return Truth(held_out=True)


def drift(name: str, columns: int, shift: float) -> Make:
    """Some columns of the held-out file have drifted by so many standard deviations."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        train, test = table(name, random)
        order = inputs(train)
        for column in random.choice(order, columns, replace=False):
            if sick:
                test[column] += shift * train[column].std()
        files.tables(folder, train, test)
        return Truth(key="shift", value=shift, held_out=True)

    return make


def other_unit(folder: Path, random: Random, sick: bool) -> Truth:
    """Lengths in millimetres in the training file, in centimetres in the test file."""
    train, test = table("abalone", random, 2500)
    for frame in (train, test):
        frame["target"] /= 3
        for column in ("length", "diameter"):
            frame[column] = (frame[column] * 200).round(1)
            if sick and frame is test:
                frame[column] /= 10
    files.tables(folder, train, test)
    return Truth(key="scale_factor", value=10.0, either_way=True, held_out=True)


def raw_columns(folder: Path, random: Random, sick: bool) -> Truth:
    """Areas of 2500 beside smoothness of 0.1; in the sound file every column is standardised."""
    train, test = table("breast_cancer", random)
    names = inputs(train)
    mean, std = train[names].mean(), train[names].std()
    for name, frame in (("train", train), ("test", test)):
        values = frame[names] if sick else (frame[names] - mean) / std
        values.assign(target=frame["target"]).to_csv(folder / f"{name}.csv", index=False, header=False)
    return NOTHING


def price_in_dollars(folder: Path, random: Random, sick: bool) -> Truth:
    train, test = table("housing", random)
    for frame in (train, test):
        frame["target"] *= 1000.0 if sick else 0.1
    files.tables(folder, train, test)
    return Truth(key="target_std", value=float(train["target"].std()))


def units_of_targets(factor: float) -> Make:
    """The first of three targets is written in a smaller unit."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        hidden = random.normal(size=(8, 3))
        for name, rows in (("train", 1500), ("test", 500)):
            x = random.normal(size=(rows, 8))
            y = np.tanh(x @ hidden / 2) + 0.3 * np.column_stack([x[:, 0] * x[:, 1], x[:, 2] ** 2 - 1, x[:, 3]])
            y += random.normal(0, 0.1, y.shape)
            if sick:
                y[:, 0] *= factor
            frame = pd.DataFrame(x, columns=[f"f{at}" for at in range(8)])
            frame[["yield", "density", "hardness"]] = y
            frame.to_csv(folder / f"{name}.csv", index=False)
        return NOTHING

    return make


def one_row(folder: Path, random: Random, sick: bool) -> Truth:
    """An export repeated one record in most of the rows."""
    train, test = table("phoneme", random)
    at = np.sort(random.choice(np.arange(1, len(train)), round(0.85 * len(train)), replace=False))
    if sick:
        train.iloc[at] = train.iloc[0].to_numpy()
    files.tables(folder, train, test)
    return Truth(key="duplicate_share", value=0.85, rows=singles(at))


def pen_off(folder: Path, random: Random, sick: bool) -> Truth:
    """A scanner whose lower half sent zeros for some of the rows."""
    parts = digits(random)
    x = parts.x.copy()
    at = some(random, len(x), 0.2)
    x[at, 32:] = 0
    files.label_first(folder, parts._replace(x=x) if sick else parts)
    return Truth(key="broken_share|missing_share", value=len(at) / len(x), rows=singles(at))


TWINS = [
    Twin(name="cancer-missing-is-minus-999", script="tabular_bn", code="DAT107", mild=True,
         make=absent("breast_cancer", CANCER, 0.05, -999.0)),
    Twin(name="housing-missing-is-minus-999", script="regression_numpy", code="DAT107", also=("DAT108",), mild=False,
         make=absent("housing_tens", HOUSING, 0.2, -999.0)),
    Twin(name="cancer-missing-is-zero", script="tabular_bn", code="DAT107", mild=True,
         make=absent("breast_cancer", CANCER, 0.15, 0.0)),
    Twin(name="housing-missing-is-median", script="regression_numpy", code="DAT107", mild=True,
         make=absent("housing_tens", HOUSING, 0.25, None)),
    Twin(name="phoneme-empty-cells", script="tabular_bn", code="DAT107", mild=False,
         make=absent("phoneme", ("c2",), 0.02, float("nan"), test=False)),
    Twin(name="housing-price-among-inputs", script="regression_numpy", code="DAT118", mild=False,
         make=price_in_other_units),
    Twin(name="cancer-ward-tells", script="tabular_bn", code="DAT118", also=("DAT113", "SPL102", "SCL104"),
         mild=False, make=ward),
    Twin(name="banknote-constant-in-training", script="tabular_bn", code="SPL102",
         also=("SCL104", "SCL105", "DAT109"), mild=False, make=constant_in_training),
    Twin(name="cancer-two-columns-drift", script="tabular_bn", code="SPL102", also=("SCL104",), mild=True,
         make=drift("breast_cancer", 2, 1.0)),
    Twin(name="phoneme-column-drifts-far", script="tabular_bn", code="SPL102", also=("SCL104",), mild=False,
         make=drift("phoneme", 2, 2.0)),
    Twin(name="abalone-test-in-centimetres", script="regression_numpy", code="SCL104", also=("SPL102",), mild=False,
         make=other_unit),
    Twin(name="cancer-raw-columns", script="slices", code="SCL101", mild=False, make=raw_columns),
    Twin(name="housing-price-in-dollars", script="regression_numpy", code="SCL102", mild=False,
         make=price_in_dollars),
    Twin(name="targets-one-in-grams", script="multi_target", code="SCL107", also=("SCL102",), mild=False,
         make=units_of_targets(1000.0)),
    Twin(name="targets-one-ten-times-larger", script="multi_target", code="SCL107", mild=True,
         make=units_of_targets(10.0)),
    Twin(name="phoneme-one-row-most-of-file", script="tabular_bn", code="DAT105", also=("SPL105",), mild=False,
         make=one_row),
    Twin(name="digits-lower-half-lost", script="trainer_class", code="DAT106", also=("DAT107",), mild=True,
         make=pen_off),
]  # fmt: skip
