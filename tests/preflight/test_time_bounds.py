"""What a preflight leaves out where a step takes long; steps say how long they take, and nothing is timed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from unstuck.core.outcome import TooLittle
from unstuck.preflight import first_looks, measure
from unstuck.preflight.batch import PairBatch
from unstuck.preflight.context import Context
from unstuck.preflight.lighter import lighter
from unstuck.preflight.probes import batch_size, overfit, rates, stand_ins
from unstuck.preflight.settings import PreflightSettings


def context_of(step_seconds: float, examples: int = 64, batches: int = 12, loss: nn.Module | None = None) -> Context:
    """A linear network, a step of which is said to take so long."""
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    made = tuple(
        PairBatch.of(network, loss or nn.CrossEntropyLoss(), torch.randn(examples, 3), torch.arange(examples) % 2)
        for _ in range(batches)
    )
    context = Context(
        networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), lr=0.1),), batches=made, seconds=1.0
    )
    context.__dict__["step_seconds"] = step_seconds
    return context


@pytest.mark.parametrize(
    ("step_seconds", "examples", "left"),
    [(0.01, 64, 64), (0.02, 64, 32), (0.1, 64, 16), (0.1, 20, 8), (0.1, 8, 8)],
    ids=["in time", "half", "a quarter at least", "8 at least", "no fewer"],
)
def test_examples_of_a_batch_that_are_left_for_a_hundred_steps_in_a_second(step_seconds, examples, left):
    light = lighter(context_of(step_seconds, examples), 100, 1.0)
    assert {batch.size for batch in light.batches} == {left}


def test_a_loss_that_is_a_sum_is_not_cut():
    assert lighter(context_of(0.1, loss=nn.CrossEntropyLoss(reduction="sum")), 100, 1.0).batch.size == 64


def test_a_network_that_knows_the_size_of_its_batch_is_not_cut():
    context = context_of(0.1)
    context.network.register_forward_pre_hook(lambda _, given: given[0].view(64, 3))
    assert lighter(context, 100, 1.0).batch.size == 64


def test_looks_are_the_losses_before_training_in_order():
    context = context_of(0.01, batches=3)
    with torch.no_grad():
        assert [look.loss for look in context.looks] == pytest.approx([float(one.loss()) for one in context.batches])


def test_fewer_batches_are_looked_at_where_there_is_no_time_or_memory_for_all(monkeypatch):
    late = context_of(0.01)
    late.budget = 0.0
    assert len(late.looks) == first_looks.FEWEST
    monkeypatch.setattr(first_looks, "MOST_ELEMENTS", 300)  # an output has 128
    assert len(context_of(0.01).looks) == 3


@pytest.mark.parametrize("probe", [rates, overfit, stand_ins], ids=lambda one: one.__name__.rsplit(".", 1)[-1])
def test_what_needs_many_steps_is_left_out_where_one_takes_long(probe):
    with pytest.raises(TooLittle, match="s each"):
        list(probe.probe(context_of(10.0, examples=8)))


def test_the_budget_that_is_enough_is_named():
    context = context_of(1.0, examples=8)  # 140 steps in 4 times 0.4 of the budget: 87.5, and a tenth more
    with pytest.raises(TooLittle, match="--budget 97"):
        list(rates.probe(context))
    context.seconds = 0.0
    context.__dict__["step_seconds"] = 1e-3
    with pytest.raises(TooLittle, match="--budget 16"):
        list(rates.probe(context))


def test_no_probe_gets_more_than_its_share(monkeypatch):
    seen = {}

    def noted(probe, context):
        seen[measure.name_of(probe)] = context.seconds
        return iter(())

    monkeypatch.setattr(measure, "_probed", noted)
    list(measure.probe_all(context_of(0.01), PreflightSettings(budget=10.0)))
    assert seen["rates"] == pytest.approx(10.0 * rates.SHARE)
    assert all(seconds <= 10.0 * probe.SHARE + 1e-9 for probe in measure.all_probes()
               if (seconds := seen[measure.name_of(probe)]))  # fmt: skip


def test_a_loss_that_refuses_outputs_that_a_step_made_infinite_is_no_number():
    def refusing(output, target):
        if not bool(torch.isfinite(output).all()):
            raise RuntimeError("all elements of input should be between 0 and 1")
        return output.sum()

    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    batch = PairBatch.of(network, refusing, torch.randn(4, 3), torch.zeros(4))
    context = Context(networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), 1e38),), batches=(batch,))
    losses = context.train([batch], 5)
    assert losses[0] == losses[0]
    assert losses[-1] != losses[-1]


def test_gradients_of_another_networks_steps_are_not_compared():
    torch.manual_seed(0)
    networks = nn.Linear(3, 2), nn.Linear(3, 4)
    batches = tuple(
        PairBatch.of(networks[at % 2], nn.CrossEntropyLoss(), torch.randn(8, 3), torch.arange(8) % 2)
        for at in range(8)
    )
    trained = [p for network in networks for p in network.parameters()]
    context = Context(networks=networks, optimizers=(torch.optim.SGD(trained, 0.1),), batches=batches, seconds=9.0)
    found = next(iter(batch_size.probe(context)))
    assert found.own == 8
    assert [len(one) for one in batch_size._gradients(context, 9.0)] == [8] * 4
