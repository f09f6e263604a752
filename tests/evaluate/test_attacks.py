"""Small steps against a network, by hand on a linear one."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from unstuck.evaluate.attacks import fgsm, gradient, pgd  # noqa: E402

pytestmark = pytest.mark.programs
WEIGHT = torch.tensor([1.0, -2.0, 0.0])
LOW, HIGH = torch.tensor(-1.0), torch.tensor(1.0)


def loss(x):
    """−log of the logistic function: its gradient is −(1 − σ(w x)) w."""
    return torch.nn.functional.softplus(-(x @ WEIGHT)).sum()


def test_the_gradient_by_hand():
    x = torch.tensor([[0.5, 0.25, 0.0], [1.0, 0.0, 1.0]])
    off = 1 - 1 / (1 + np.exp(-np.array([0.0, 1.0])))
    assert gradient(loss, x).numpy() == pytest.approx(-off[:, None] * WEIGHT.numpy(), abs=1e-6)
    assert not x.requires_grad


def test_fgsm_steps_by_the_sign_and_stays_in_the_range():
    x = torch.tensor([[0.5, 0.95, 0.3]])
    assert fgsm(loss, x, torch.tensor(0.1), LOW, HIGH).tolist() == [pytest.approx([0.4, 1.0, 0.3])]


def test_pgd_of_a_linear_network_ends_where_fgsm_does():
    x = torch.tensor([[0.5, 0.25, 0.3]])
    one, many = (attack(loss, x, torch.tensor(0.1), LOW, HIGH) for attack in (fgsm, pgd))
    assert many.numpy() == pytest.approx(one.numpy(), abs=1e-6)


def test_pgd_finds_more_where_the_gradient_turns():
    def wave(x):
        return torch.sin(8 * x).sum()  # from 0.1 up: the highest point is at π / 16 = 0.196

    x = torch.tensor([[0.1]])
    one, many = (float(wave(attack(wave, x, torch.tensor(0.3), LOW, HIGH))) for attack in (fgsm, pgd))
    assert one < 0
    assert many > 0.9
