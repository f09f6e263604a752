"""Columns that follow from another one."""

from __future__ import annotations

import numpy as np
import pytest
from tables import table

from unstuck.analysis.data.redundant import correlation, redundant_columns
from unstuck.record.events.data.values import Relation

R = np.random.default_rng(0)
A, B = R.normal(size=(2, 500))
NAMES = [["low", "middle", "high"][at] for at in R.integers(0, 3, 500)]
OTHER = [["a", "b", "c"][at] for at in R.integers(0, 3, 500)]


def found(**columns):
    return [(event.name, event.of, event.relation) for event in redundant_columns(table(**columns))]


def test_copies_multiples_and_other_names_are_found():
    codes = np.array([{"low": 1.0, "middle": 2.0, "high": 3.0}[name] for name in NAMES])
    assert found(a=A, b=B, copy=A) == [("copy", "a", Relation.COPY)]
    assert found(a=A, b=B, inches=-2.54 * A + 3) == [("inches", "a", Relation.LINEAR)]
    assert found(a=A, grade=NAMES, number=codes) == [("number", "grade", Relation.ONE_TO_ONE)]
    assert found(a=A, grade=NAMES, again=[name.upper() for name in NAMES]) == [("again", "grade", Relation.ONE_TO_ONE)]
    assert found(a=A, grade=NAMES, same=list(NAMES)) == [("same", "grade", Relation.COPY)]


def test_columns_that_only_resemble_each_other_are_not():
    assert found(a=A, b=A + 0.03 * B, grade=NAMES, other=OTHER) == []


def test_sparse_columns_that_agree_by_chance_are_not():
    pixel = np.zeros(500)
    pixel[7] = 5.0
    assert found(a=A, p=pixel, q=2 * pixel) == []


def test_two_numbers_with_the_same_groups_are_not_one_to_one():
    grades = R.integers(0, 4, 500).astype(float)
    assert found(a=A, grade=grades, square=grades**3) == []


def test_a_chain_names_the_first_column_for_each():
    assert found(a=A, b=A, c=2 * A, d=B) == [("b", "a", Relation.COPY), ("c", "a", Relation.LINEAR)]


def test_missing_values_do_not_hide_a_relation():
    gaps = np.where(R.random(500) < 0.2, np.nan, A)
    assert found(a=A, b=B, gaps=3 * gaps) == [("gaps", "a", Relation.LINEAR)]


@pytest.mark.parametrize("noise", [0.0, 0.01, 1.0])
def test_the_correlation_is_numpys(noise):
    other = 3 * A + noise * B
    assert correlation(A, other) == pytest.approx(np.corrcoef(A, other)[0, 1])


def test_without_common_rows_there_is_no_correlation():
    assert correlation(np.where(np.arange(500) < 250, np.nan, A), np.where(np.arange(500) < 250, A, np.nan)) == 0
    assert correlation(A, np.ones(500)) == 0
