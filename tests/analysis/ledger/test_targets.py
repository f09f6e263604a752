"""Labels as a target."""

from __future__ import annotations

import numpy as np

from unstuck.analysis.ledger.targets import targets_of
from unstuck.core.data_types import Task


def target(labels, function):
    labels = np.asarray(labels)
    return targets_of([labels], [np.ones(len(labels), bool)], function)[0]


def test_classes_are_the_same_in_every_split():
    train, test = np.array([0, 2, 1]), np.array([[3], [0]])
    found = targets_of([train, test], [np.ones(3, bool), np.ones(2, bool)], "cross_entropy")
    assert found[0].classes == found[1].classes == ("0", "1", "2", "3")
    assert [one.codes.tolist() for one in found] == [[0, 2, 1], [3, 0]]


def test_ignored_and_missing_labels_have_no_class():
    found = targets_of([np.array([1, -100, 0])], [np.array([True, True, False])], "cross_entropy")[0]
    assert (found.classes, found.codes.tolist()) == (("1",), [0, -1, -1])


def test_one_hot_labels_are_classes():
    assert target([[0.0, 1.0], [1.0, 0.0]], "cross_entropy").codes.tolist() == [1, 0]


def test_binary_labels_are_classes_and_float_is_no_fault():
    found = target([[1.0], [0.0]], "binary_cross_entropy")
    assert (found.task, found.codes.tolist(), found.as_given.dtype.kind) == (Task.BINARY, [1, 0], "i")


def test_several_columns_of_zero_and_one_are_several_labels():
    assert target([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]], "binary_cross_entropy").task is Task.MULTI_LABEL


def test_numbers_are_a_regression():
    found = target([[1.5, 2.0], [0.5, 3.0]], "mse_loss")
    assert (found.task, found.names) == (Task.REGRESSION, ("label 0", "label 1"))


def test_whole_numbers_of_a_squared_error_are_a_regression():
    assert target([1.0, 2.0, 3.0], "mse_loss").task is Task.REGRESSION


def test_soft_labels_are_not_judged():
    assert target([[0.3, 0.7], [0.9, 0.1]], "cross_entropy") is None


def test_rows_of_tokens_are_a_sequence():
    assert target([[1, 2, 3], [4, 5, 6]], "cross_entropy").task is Task.SEQUENCE


def test_what_an_evaluation_rebuilds_is_no_label():
    found = targets_of([np.array([0, 1]), np.zeros((3, 5))], [np.ones(2, bool), np.ones(3, bool)], "cross_entropy")
    assert found[0].codes.tolist() == [0, 1]
    assert found[1] is None
