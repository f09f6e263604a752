from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.loss_unsuited_to_task import LossUnsuitedToTask
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(LossUnsuitedToTask, (TrainingView(record, trainings(record)[0]),))


def node(op, *below, shape=(8, 4), **more):
    return {"op": op, "in": list(below), "shape": list(shape), **more}



def layer(at, wide=4, narrow=6):
    """A linear layer at a position of the graph."""
    return [node("Addmm", at + 1, None, at + 2, shape=(8, wide)), node("AccumulateGrad", leaf=1, shape=(wide,)),
            node("T", at + 3, shape=(narrow, wide)), node("AccumulateGrad", leaf=2, shape=(wide, narrow))]


def chain(*ops, wide=4):
    """Operations from the loss down, and a linear layer below them."""
    nodes = [node(op, at + 1, **more) for at, (op, more) in enumerate(
        (one, {}) if isinstance(one, str) else (one[0], one[1]) for one in ops)]
    return nodes + layer(len(nodes), wide)


def call(counts, function="mse_loss", shape=(64, 1), phase="train"):
    return {"function": function, "phase": phase, "input": {"shape": list(shape)}, "target": {"shape": list(shape)},
            "distinct": [[value, number] for value, number in counts.items()] if counts is not None else None}


@pytest.mark.parametrize(
    "counts", [{0: 50, 1: 50, 2: 50}, {0: 59, 1: 71, 2: 48}, {k: 19 + k % 3 for k in range(10)}],
    ids=["iris", "wine", "digits"],
)
def test_fires_on_class_numbers(tmp_path, counts):
    found = outcome(tmp_path, graph=chain("MseLoss"), loss_call=call(counts))
    assert isinstance(found, Fired)
    assert found.findings[0].confidence == "suspected"


@pytest.mark.parametrize(
    "counts",
    [{0: 80, 1: 80}, {1: 50, 2: 50, 3: 50}, {0: 5, 1: 20, 2: 60, 3: 20, 4: 5}, {0: 90, 1: 60, 2: 30, 3: 10, 4: 3},
     {0: 40, 0.5: 40, 1: 40}, None],
    ids=["two", "from one", "bell", "counts", "halves", "many"],
)
def test_passes_on_quantities(tmp_path, counts):
    assert isinstance(outcome(tmp_path, graph=chain("MseLoss"), loss_call=call(counts)), Passed)


def test_skips_with_few_targets(tmp_path):
    assert isinstance(outcome(tmp_path, graph=chain("MseLoss"), loss_call=call({0: 3, 1: 3, 2: 3})), Skipped)


def test_passes_with_several_outputs(tmp_path):
    found = outcome(tmp_path, graph=chain("MseLoss"), loss_call=call({0: 50, 1: 50, 2: 50}, shape=(50, 3)))
    assert isinstance(found, Passed)


def test_is_information_where_rounding_gives_the_right_class(tmp_path):
    found = outcome(tmp_path, loss=[0.005] * 60, graph=chain("MseLoss"), loss_call=call({0: 50, 1: 50, 2: 50}))
    assert found.findings[0].severity is Severity.INFO


def test_a_squared_error_by_hand_is_judged_by_the_labels_of_the_data_loader(tmp_path):
    graph = chain("Mean", "Pow", "Sub", wide=1)
    loader = {"labels": {"0": 50, "1": 50, "2": 50}}
    graph[2]["in"] = [3, None]
    assert isinstance(outcome(tmp_path, graph=graph, loader=loader), Fired)
    assert isinstance(outcome(tmp_path, graph=graph, loader={"labels": {"0": 50, "1": 50}}), Passed)
    assert isinstance(outcome(tmp_path, graph=graph), Skipped)
    assert isinstance(outcome(tmp_path, graph=chain("Mean", "Pow", "Sub", wide=3), loader=loader), Passed)


def rows(low, high, **target):
    return {"function": "cross_entropy", "classes": 4, "target_row_sum": [low, high], "one_hot": False,
            "target": {"min": 0.0, "max": 1.0, "mean": 0.25, "zeros": 0.0, **target}}


@pytest.mark.parametrize(
    ("one", "fires"),
    [(rows(-3.0, 4.0, min=-2.0, max=3.0), True), (rows(0.9, 4.0, max=3.0), True), (rows(1.0, 1.0), False),
     (rows(0.0, 1.0), False), (rows(-2.0, 5.0, min=-2.0, max=5.0, zeros=0.75), False), (rows(0.0, 3.0, zeros=0.4, mean=0.6), False)],
    ids=["standardised", "positive", "soft", "masked", "rewards", "many-hot"],
)
def test_cross_entropy_of_continuous_targets(tmp_path, one, fires):
    assert isinstance(outcome(tmp_path, loss_call=one), Fired if fires else Passed)


@pytest.mark.parametrize(
    ("low", "high", "fires"), [(-2.0, 2.0, True), (0.0, 1.2, False), (0.0, 1.0, False)],
    ids=["amounts", "smoothed", "probabilities"],
)
def test_binary_loss_of_continuous_targets(tmp_path, low, high, fires):
    one = {"function": "binary_cross_entropy_with_logits", "distinct": None, "target": {"min": low, "max": high}}
    assert isinstance(outcome(tmp_path, loss_call=one), Fired if fires else Passed)


def test_skips_without_graph_and_calls(tmp_path):
    assert isinstance(outcome(tmp_path), Skipped)
