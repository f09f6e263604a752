"""Types of columns and cells that are written as text."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.analysis.data.cell_values import names, number, numbers, times
from unstuck.analysis.data.column_types import infer_type
from unstuck.core.data_types import ColumnType


def texts(*values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234", 1234), ("-1,234,567.5", -1234567.5), (" 3.5 ", 3.5), ("'-1'", -1), ('"2e3"', 2000), ("+7", 7)],
)
def test_a_number_is_read(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["1,23", "12,34,567", "1_000", "abc", "", "?", "1 2", "0x10"])
def test_what_is_no_number_is_not_read(text):
    assert number(text) is None


def test_marks_and_words_are_told_from_numbers():
    found = numbers(texts("1", "?", None, "", "NA", "2", "words", "?"))
    assert found.marks == {"?": 2, "NA": 1}
    assert found.unreadable == {"words": 1}
    assert [value for value in found.values if not math.isnan(value)] == [1, 2]


def test_names_keep_what_may_be_a_name():
    values, marks = names(texts(" a ", "NA", "?", "", None, "-"))
    assert values.tolist() == ["a", "NA", None, None, None, "-"]
    assert marks == {"?": 1}


@pytest.mark.parametrize(
    ("column", "seconds"),
    [
        (("1970-01-02", "2024-02-29"), 86400),
        (("1970-01-01 00:01:00", "1970-01-01 00:00:01"), 60),
        (("1970-01-01T00:00:05", "1970-01-01T10:00:01"), 5),
        (("02.01.1970", "31.12.1999"), 86400),
        (("01/02/1970", "12/31/1999"), 86400),
        (("02/01/1970", "31/12/1999"), 86400),
        (("1970-01-01T01:00:00+01:00", "1970-01-01T01:00:00Z"), 0),
        (("2 Jan 1970", "3 Dec 1999"), 86400),
    ],
)
def test_times_are_read_by_one_format_for_the_column(column, seconds):
    assert times(texts(*column))[0] == seconds
    assert infer_type("when", texts(*column * 20)) is ColumnType.TIME


random = np.random.default_rng(0)
COLUMNS = {
    "numbers": (random.normal(size=100), ColumnType.NUMBER),
    "whole numbers": (random.integers(0, 50, 100).astype(float), ColumnType.NUMBER),
    "0 and 1": (random.integers(0, 2, 100).astype(float), ColumnType.NUMBER),
    "running numbers": (np.arange(100.0), ColumnType.IDENTIFIER),
    "shuffled running numbers": (random.permutation(100).astype(float) + 7, ColumnType.IDENTIFIER),
    "user_id": (random.choice(10**6, 100, replace=False).astype(float), ColumnType.IDENTIFIER),
    "population": (random.choice(10**6, 100, replace=False).astype(float), ColumnType.NUMBER),
    "nothing": (np.full(100, np.nan), ColumnType.NUMBER),
    "few rows": (np.arange(5.0), ColumnType.NUMBER),
    "texts of numbers": (texts(*map(str, random.normal(size=100))), ColumnType.NUMBER),
    "numbers and marks": (texts(*["?" if at % 5 else f"{at}.5" for at in range(100)]), ColumnType.NUMBER),
    "numbers and some words": (texts(*["a" if at == 5 else f"{at}.5" for at in range(100)]), ColumnType.NUMBER),
    "half words": (texts(*["a" if at % 2 else f"{at % 9}.5" for at in range(100)]), ColumnType.CATEGORY),
    "zip": (texts(*[f"0{at % 9}123" for at in range(100)]), ColumnType.CATEGORY),
    "colours": (texts(*["red", "blue"] * 50), ColumnType.CATEGORY),
    "keys": (texts(*[f"k{at}" for at in range(100)]), ColumnType.IDENTIFIER),
    "sentences": (texts(*[f"this is the sentence number {at}" for at in range(100)]), ColumnType.TEXT),
    "long categories": (texts(*["the same long words again"] * 50, *["other long words stand here"] * 50),
                        ColumnType.CATEGORY),
    "versions": (texts(*[f"1.{at % 3}.2" for at in range(100)]), ColumnType.CATEGORY),
    "all None": (texts(*[None] * 50), ColumnType.NUMBER),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_the_type_of_a_column(name):
    values, kind = COLUMNS[name]
    assert infer_type(name, values) is kind


@pytest.mark.parametrize(
    ("text", "value"),
    [("$1,237.91", 1237.91), ("-$3", -3.0), ("$ -3", -3.0), ("€ 12", 12.0), ("12 €", 12.0), ("36%", 36.0),
     ("3.5 %", 3.5), ("A12", None), ("12B", None), ("%", None), ("$", None), ("5%5", None)],
)  # fmt: skip
def test_amounts_and_percentages_are_numbers_and_codes_are_not(text, value):
    assert number(text) == value
