"""Which of some short trainings is suggested, on losses whose shares are computed by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from unstuck.preflight.batch import PairBatch
from unstuck.preflight.context import Context
from unstuck.preflight.range_test import evened, range_test
from unstuck.preflight.rate_search import Before, chosen, held_loss, parts, plateau
from unstuck.record.events.probe.rates import RateTrial

BEFORE = Before(learned=2.0, judged=2.0)


def trials(*losses: tuple[float, float]) -> list[RateTrial]:
    """Of rates 1, 10, 100, …: loss of what is trained on, and of what is kept apart."""
    return [RateTrial(rate=10.0**at, last=last, held=(held, held)) for at, (last, held) in enumerate(losses)]


def test_the_middle_of_the_rates_that_are_nearly_as_good():
    # shares left: 0.9, 0.12, 0, 0.14, 0.6
    found = trials((1.8, 1.8), (0.24, 0.24), (0.0, 0.0), (0.28, 0.28), (1.2, 1.2))
    assert [one.rate for one in plateau(found, BEFORE)] == [10, 100, 1000]
    assert chosen(found, BEFORE) == pytest.approx(100)


def test_a_rate_behind_a_worse_one_is_no_neighbour():
    found = trials((0.1, 0.1), (1.0, 1.0), (0.0, 0.0))
    assert chosen(found, BEFORE) == pytest.approx(100)


def test_what_is_kept_apart_counts_as_much_as_what_is_trained_on():
    # trained: 0.1, 0, 0.1; apart: 0, 0.1, 0.9 of what the best removes: halves 0.05, 0.05, 0.5
    found = trials((0.2, 0.0), (0.0, 0.2), (0.2, 1.8))
    assert [one.rate for one in plateau(found, BEFORE)] == [1, 10]


def test_where_others_become_no_better_the_lowest_rate_that_fits_is_taken():
    found = trials((1.5, 2.1), (0.2, 2.5), (0.0, 3.0), (0.1, 9.0))
    assert chosen(found, BEFORE) == 10


def test_none_is_suggested_where_none_removes_anything():
    assert chosen(trials((2.0, 2.0), (2.5, 3.0), (math.inf, math.inf)), BEFORE) is None


def test_one_lucky_look_is_no_reason():
    assert held_loss(RateTrial(rate=1.0, last=1.0, held=(2.0, 0.1, 1.9, 1.0))) == pytest.approx(1.0)
    assert held_loss(RateTrial(rate=1.0, last=1.0, held=(0.7,))) == 0.7
    assert held_loss(RateTrial(rate=1.0, last=math.inf, held=())) == math.inf


def test_every_fourth_batch_is_kept_apart_and_of_few_none():
    assert [len(part) for part in parts([None] * 32)] == [24, 8]
    assert [len(part) for part in parts([None] * 7)] == [7, 7]


def test_a_range_test_sees_no_difference_between_batches():
    """Batches whose losses before training are 1, 2, 3, 4, and a rate too low to change them."""
    torch.manual_seed(0)
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.zero_()
    batches = tuple(
        PairBatch.of(network, nn.MSELoss(), torch.zeros(4, 1), torch.full((4, 1), math.sqrt(size)))
        for size in (1.0, 2.0, 3.0, 4.0)
    )
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    test = range_test(Context(networks=(network,), optimizers=(optimizer,), batches=batches), 60.0)
    assert test.even == pytest.approx([2.5] * len(test.even))
    assert test.losses[:4] == pytest.approx([1.0, 2.0, 3.0, 4.0])


def test_the_difference_of_a_batch_fades_with_the_loss_and_is_not_stretched():
    assert evened(1.0, 4.0, 2.0) == 0.5
    assert evened(1.0, 0.5, 2.0) == 1.0  # four times less than the others: no correction
    assert evened(-3.0, -2.0, -1.0) == -2.0  # losses below zero: the difference
    assert evened(1.0, math.inf, 2.0) == 1.0
