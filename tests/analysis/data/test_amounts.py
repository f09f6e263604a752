"""Numbers of examples and scales of targets."""

from __future__ import annotations

import numpy as np
import pytest
from tables import classes_to_predict, numbers_to_predict, table

from unstuck.analysis.data.amounts import example_counts, target_scales


def test_classes_are_counted_smallest_first_with_the_rows_of_the_smallest():
    target = classes_to_predict([0, 1, 1, 2, 2, 2, -1, 1], ("a", "b", "c", "never"))
    counts = example_counts(table(rows=np.arange(8) * 2, x=np.arange(8.0), name=list("abcdefgh"), target=target))
    assert counts.classes == (("a", 1), ("b", 3), ("c", 3))
    assert (counts.class_count, counts.median_class, counts.examples, counts.inputs) == (3, 3.0, 8, 2)
    assert counts.rows == (0,)


def test_without_classes_there_are_rows_and_columns():
    counts = example_counts(table(x=np.arange(8.0), y=np.arange(8.0)))
    assert (counts.examples, counts.inputs, counts.classes) == (8, 2, ())


def test_the_scale_of_each_target_leaves_out_what_is_missing():
    price = np.array([100.0, 300.0, np.nan, 200.0])
    target = numbers_to_predict(price=price, rooms=np.arange(4.0))
    (first, second) = target_scales(table(x=np.arange(4.0), target=target))
    assert (first.name, first.mean, first.least, first.greatest, first.looked_at) == ("price", 200, 100, 300, 3)
    assert first.std == pytest.approx(np.std([100, 200, 300]))
    assert second.std == pytest.approx(np.std([0, 1, 2, 3]))


def test_classes_have_no_scale():
    assert list(target_scales(table(x=np.arange(4.0), target=classes_to_predict([0, 1, 0, 1], "ab")))) == []
