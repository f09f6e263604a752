"""Standardised rounding errors against standardised measurements."""

from __future__ import annotations

import numpy as np
import pytest
from tables import classes_to_predict, numbers_to_predict, table

from unstuck.analysis.data.rounding import even_levels, relation, rounded_columns


def scaled(values):
    values = np.asarray(values, dtype=np.float64)
    return (values - values.mean()) / values.std()


def errors(rows=800, levels=4.0, seed=0):
    noise = np.random.default_rng(seed).normal(size=rows).astype(np.float32)
    return (np.float32(1000) * (1 + np.float32(levels * 3e-8) * noise)).astype(np.float32)


R = np.random.default_rng(1)
A, B = R.normal(size=(2, 800))
LABELS = classes_to_predict((A > 0).astype(int), ("no", "yes"))


@pytest.mark.parametrize("levels", [3.0, 12.0])
def test_standardised_rounding_errors_are_found(levels):
    noise = scaled(errors(levels=levels))
    (event,) = rounded_columns(table(a=A, b=B, noise=noise, target=LABELS))
    assert (event.name, event.levels, event.looked_at) == ("noise", len(np.unique(noise)), 800)
    assert event.relation == pytest.approx(max(relation(noise, other) for other in (A, B, LABELS.codes.astype(float))))


@pytest.mark.parametrize(
    "values",
    [
        errors(), scaled(R.integers(0, 20, 800)), scaled(R.poisson(2, 800)), scaled(np.round(4 * (A + B))),
        scaled(np.round(4 * A + 3 * B)), scaled(B), scaled(np.round(5 * B) ** 3), scaled(R.choice([0, 1], 800)),
    ],
    ids=["not standardised", "uniform", "skewed", "related", "related to the label", "continuous", "uneven", "binary"],
)  # fmt: skip
def test_measurements_are_not(values):
    assert list(rounded_columns(table(a=scaled(A), b=scaled(B), other=values, target=LABELS))) == []


def test_a_related_regression_target_speaks_for_a_column():
    noise = scaled(errors())
    related = numbers_to_predict(y=noise + B)
    assert len(list(rounded_columns(table(a=A, noise=noise, target=numbers_to_predict(y=B))))) == 1
    assert list(rounded_columns(table(a=A, noise=noise, target=related))) == []


def test_few_rows_tell_nothing():
    assert list(rounded_columns(table(a=A[:90], noise=scaled(errors(90))))) == []
    assert even_levels(scaled(errors(120, levels=25.0))) is None  # fewer than five rows for each value


def test_a_relation_is_a_correlation_in_standard_errors_or_that_of_distances():
    assert relation(A, B) == pytest.approx(
        max(abs(np.corrcoef(A, B)[0, 1]), abs(np.corrcoef(abs(A - A.mean()), abs(B - B.mean()))[0, 1])) * 800**0.5
    )
    assert relation(A, A**2) > 10
    assert relation(A, np.full(800, 2.0)) == 0
