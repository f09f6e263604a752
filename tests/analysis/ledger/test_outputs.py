"""Probabilities and losses from outputs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.analysis.ledger.outputs import said

torch = pytest.importorskip("torch")
F = torch.nn.functional


def test_cross_entropy_is_that_of_torch():
    random = np.random.default_rng(0)
    logits, labels = random.normal(size=(20, 5)), random.integers(0, 5, 20)
    found = said(logits, labels, "cross_entropy")
    wanted = F.cross_entropy(torch.tensor(logits), torch.tensor(labels), reduction="none").numpy()
    np.testing.assert_allclose(found.loss, wanted, rtol=1e-9)
    np.testing.assert_allclose(found.probabilities, torch.tensor(logits).softmax(1).numpy(), rtol=1e-9)


def test_nll_takes_logarithms_of_probabilities():
    found = said(np.log([[0.25, 0.75]]), np.array([1]), "nll_loss")
    assert found.loss == pytest.approx([-math.log(0.75)])


def test_binary_outputs_give_both_classes():
    found = said(np.array([[0.0], [2.0]]), np.array([[1.0], [0.0]]), "binary_cross_entropy_with_logits")
    one = 1 / (1 + math.exp(-2))
    np.testing.assert_allclose(found.probabilities, [[0.5, 0.5], [1 - one, one]])
    np.testing.assert_allclose(found.loss, [math.log(2), -math.log(1 - one)])


def test_a_regression_has_squared_errors_and_no_probabilities():
    found = said(np.array([[1.0], [3.0]]), np.array([2.0, 5.0]), "mse_loss")
    assert found.probabilities is None
    assert found.loss.tolist() == [1.0, 4.0]


def test_a_label_that_is_no_class_has_no_loss():
    found = said(np.zeros((2, 3)), np.array([-100, 1]), "cross_entropy")
    assert np.isnan(found.loss).tolist() == [True, False]


@pytest.mark.parametrize("function", [None, "ctc_loss"])
def test_nothing_is_said_where_shapes_or_function_do_not_fit(function):
    assert said(np.zeros((4, 3)), np.zeros(4), function) == (None, None)
