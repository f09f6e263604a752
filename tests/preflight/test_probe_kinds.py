"""Probes on networks of other kinds than one classifier: what they must not say there."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from unstuck.preflight.batch import PairBatch
from unstuck.preflight.context import Context
from unstuck.preflight.measure import probe_all
from unstuck.preflight.noted_steps import StepNotes
from unstuck.preflight.range_test import RangeTest
from unstuck.preflight.settings import PreflightSettings
from unstuck.preflight.signals import watched
from unstuck.record.events.probe.base import NotProbed
from unstuck.record.events.probe.behaviour import SavedAndLoaded
from unstuck.record.events.probe.loss import InitialLoss, StandIns
from unstuck.record.events.probe.network import ParameterReach
from unstuck.record.events.probe.rates import LearningRates


def probed(context: Context, name: str) -> list:
    return list(probe_all(context, PreflightSettings(only=(name,), budget=0.3)))


def reach(networks: tuple[nn.Module, ...], trained: tuple[nn.Module, ...]) -> ParameterReach:
    x, y = torch.randn(8, 4), torch.arange(8) % 2
    batches = tuple(PairBatch.of(network, nn.CrossEntropyLoss(), x, y) for network in trained)
    optimizer = torch.optim.SGD(networks[0].parameters(), lr=0.1)
    context = Context(networks=networks, optimizers=(optimizer,), batches=batches)
    return next(event for event in probed(context, "parameters") if isinstance(event, ParameterReach))


def test_networks_that_are_trained_in_turn_are_all_reached():
    members = tuple(nn.Linear(4, 2) for _ in range(6))
    assert reach(members, members).unreached == ()


def test_a_network_that_no_loss_reaches_is_trained_later():
    first, other = nn.Linear(4, 2), nn.Linear(4, 2)
    assert reach((first, other), (first,)).unreached == ()


def test_a_layer_that_is_forgotten_is_not_reached_beside_another_network():
    class Forgetful(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.forgotten = nn.Linear(4, 2), nn.Linear(4, 4)

        def forward(self, x):
            return self.used(x)

    network = Forgetful()
    assert len(reach((network, nn.Linear(4, 2)), (network,)).unreached) == 2


def test_a_network_that_answers_no_tensor_is_not_called_unfaithful():
    class Answers(nn.Linear):
        def forward(self, x):
            return {"kept": str(super().forward(x).shape)}

    network = Answers(4, 2)
    made = PairBatch.of(network, lambda out, y: network.weight.square().sum(), torch.randn(8, 4), torch.zeros(8))
    context = Context(networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), lr=0.1),), batches=(made,))
    found = probed(context, "checkpoint")
    assert not [event for event in found if isinstance(event, SavedAndLoaded)]
    assert [event.broke for event in found if isinstance(event, NotProbed)] == [False]


def test_lengths_beside_the_examples_are_no_zeros():
    class Padded(nn.Module):
        def __init__(self):
            super().__init__()
            self.recurrent, self.head = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 2)

        def forward(self, given):
            packed = nn.utils.rnn.pack_padded_sequence(given["x"], given["lengths"], True, enforce_sorted=False)
            return self.head(self.recurrent(packed)[1][0])

    network, y = Padded(), torch.arange(8) % 2
    given = {"x": torch.randn(8, 5, 3), "lengths": torch.tensor([5, 4, 3, 2, 1, 5, 4, 3])}
    made = PairBatch.of(network, nn.CrossEntropyLoss(), given, y)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    context = Context(networks=(network,), optimizers=(optimizer,), batches=(made,))
    found = next(event for event in probed(context, "stand_ins") if isinstance(event, StandIns))
    assert {"zeros", "random inputs", "random labels"} <= {fit.name for fit in found.fits}


def test_a_loss_on_what_an_earlier_step_computed_is_refused():
    maker, judge = nn.Linear(2, 4), nn.Linear(4, 1)
    notes = StepNotes()
    notes.listen()
    try:
        with notes:
            made = maker(torch.randn(8, 2))
            first, why = notes.cut(judge(made.detach()).mean())
            assert first is not None, why
            second, why = notes.cut(judge(made).mean())
    finally:
        notes.deafen()
    assert second is None
    assert "earlier step" in why


@pytest.mark.parametrize(("loss", "function"), [
    (nn.CrossEntropyLoss(), "cross_entropy"),
    (lambda out, y: -(out.log_softmax(1)[range(len(y)), y] * (y - y.float().mean())).mean(), ""),
])  # fmt: skip
def test_rates_say_what_the_loss_is(loss, function):
    network = nn.Linear(4, 3)
    made = tuple(PairBatch.of(network, loss, torch.randn(12, 4), torch.arange(12) % 3) for _ in range(2))
    context = Context(networks=(network,), optimizers=(torch.optim.Adam(network.parameters(), lr=1e-2),), batches=made)
    found = next(event for event in probed(context, "rates") if isinstance(event, LearningRates))
    assert found.function == function


def test_the_largest_rate_is_the_last_one_before_the_explosion_though_batches_differ():
    rates = [10.0**at for at in range(-6, 2)]
    for at in range(7):
        rates.insert(at, rates[0] * (1 + at / 100))
    flat = [0.70, 0.74, 0.72, 0.69, 0.73, 0.75, 0.71, 0.74, 0.72, 0.73, 0.72, 0.71, 0.74]
    losses = [*flat, 50.0, 900.0]
    test = RangeTest(rates=rates, losses=losses, even=losses, smooth=[*[0.72] * 13, 5.0, 90.0], exploded=True)
    assert test.largest == rates[12]


def test_half_of_what_was_gained_may_be_left_at_the_largest_rate():
    losses = [2.0] * 10 + [1.6, 1.2, 1.0, 1.4, 1.6, 9.0]
    test = RangeTest(rates=[float(at) for at in range(16)], losses=losses, even=losses, smooth=losses, exploded=True)
    assert test.largest == 13.0  # 1.0 + half of what was gained = 1.5


def test_a_target_that_stands_before_the_prediction_is_the_target():
    """Predictions of 0 and targets of 2: outputs of zero give 4, and not what zeros in place of the targets give."""
    network = nn.Linear(4, 1)
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    x, y = torch.randn(8, 4), torch.full((8, 1), 2.0)
    made = PairBatch.of(network, lambda out, y: nn.functional.mse_loss(y, out), x, y)
    context = Context(networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), lr=0.1),), batches=(made,))
    found = next(event for event in probed(context, "initial_loss") if isinstance(event, InitialLoss))
    assert (found.loss, found.expected) == (4.0, 4.0)


def test_every_layer_of_a_residual_branch_stands_in_it_and_no_other():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.up, self.down, self.last = (nn.Linear(8, 8) for _ in range(4))

        def forward(self, x):
            h = torch.relu(self.first(x))
            h = torch.relu(h)
            return self.last(torch.relu(h + self.down(torch.relu(self.up(h)))))

    network = Residual()
    made = PairBatch.of(network, nn.MSELoss(), torch.randn(8, 8), torch.randn(8, 8))
    context = Context(networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), lr=0.1),), batches=(made,))
    layers = {layer.name: layer.residual for layer in watched(context, made.loss)}
    assert layers == {"first": True, "up": True, "down": True, "last": False}


def test_a_text_that_is_read_and_predicted_is_input_and_target():
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.head = nn.Embedding(7, 8), nn.Linear(8, 7)

        def forward(self, ids, labels=None):
            scores = self.head(self.embed(ids))[:, :-1].flatten(0, 1)
            return nn.functional.cross_entropy(scores, labels[:, 1:].flatten())

    network, text, notes = Reader(), torch.randint(0, 7, (4, 5)), StepNotes()
    notes.listen()
    try:
        with notes:
            batch, why = notes.cut(network(ids=text, labels=text))
    finally:
        notes.deafen()
    assert batch is not None, why
    assert [torch.equal(one, text) for one in (*batch.inputs, *batch.targets)] == [True, True]
    assert batch.size == 4


def test_nodes_of_a_graph_are_no_examples_of_a_batch():
    links = torch.eye(8) + torch.eye(8).roll(1, 0)

    class Spread(nn.Linear):
        def forward(self, x):
            return links @ super().forward(x)

    network = Spread(4, 3)
    made = PairBatch.of(network, nn.CrossEntropyLoss(), torch.randn(8, 4), torch.arange(8) % 3)
    context = Context(networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), lr=0.1),), batches=(made,))
    why = {event.what: event.why for event in probed(context, "dependence") if isinstance(event, NotProbed)}
    assert "nodes of a graph" in why["batch_mixing"]


def test_the_rate_of_a_cycle_is_its_highest():
    network = nn.Linear(4, 2)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=100)
    context = Context(networks=(network,), optimizers=(optimizer,), batches=())
    assert context.rates == [2e-3]


def test_a_loss_that_refuses_what_is_no_number_ends_a_training():
    network = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    made = PairBatch.of(network, nn.BCELoss(), torch.randn(8, 4), torch.ones(8, 1))
    context = Context(networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), lr=0.1),), batches=(made,))
    with context.kept(), torch.no_grad():
        network[0].weight.fill_(float("nan"))
        assert math.isnan(context.step(made))
    with pytest.raises(RuntimeError):
        context.step(PairBatch.of(network, nn.BCELoss(), torch.randn(8, 5), torch.ones(8, 1)))


def test_equal_examples_with_other_targets_are_not_called_unfittable():
    network = nn.Linear(1, 1)
    made = PairBatch.of(network, nn.MSELoss(), torch.arange(8).fmod(4.0)[:, None], torch.randn(8, 1))
    context = Context(networks=(network,), optimizers=(torch.optim.SGD(network.parameters(), lr=0.1),), batches=(made,))
    assert ["equal examples" in event.why for event in probed(context, "overfit")
            if isinstance(event, NotProbed)] == [True]  # fmt: skip
