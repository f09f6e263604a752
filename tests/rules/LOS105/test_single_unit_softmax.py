from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.single_unit_softmax import SingleUnitSoftmax
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(SingleUnitSoftmax, (TrainingView(record, trainings(record)[0]),))


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


ONE = {"shape": (8, 1), "dim": 1}


@pytest.mark.parametrize(
    "ops",
    [("BinaryCrossEntropy", ("Softmax", ONE)), ("MseLoss", "Squeeze", ("Softmax", ONE)), ("NllLoss", ("LogSoftmax", ONE)),
     ("Mean", "Pow", "Sub", ("Softmax", {"shape": (8, 1), "dim": -1})), ("Neg", "Mean", "Log", ("Softmax", ONE))],
    ids=["binary", "squared error", "cross-entropy", "by hand", "logarithm"],
)
def test_fires_on_a_softmax_over_one_unit(tmp_path, ops):
    found = outcome(tmp_path, graph=chain(*ops, wide=1))
    assert isinstance(found, Fired)
    assert "1 unit" in found.findings[0].message


@pytest.mark.parametrize(
    "ops", [("NllLoss", ("LogSoftmax", {"dim": 1})), ("BinaryCrossEntropy", "Sigmoid")], ids=["four units", "sigmoid"],
)
def test_passes_on_other_outputs(tmp_path, ops):
    assert isinstance(outcome(tmp_path, graph=chain(*ops)), Passed)


def test_passes_on_attention_over_one_position(tmp_path):
    nodes = [node("MseLoss", 1, None), node("Mul", 2, 3), node("Softmax", 3, shape=(8, 1), dim=1)]
    assert isinstance(outcome(tmp_path, graph=nodes + layer(3)), Passed)


def test_a_hidden_graph_is_judged_by_the_number_of_classes(tmp_path):
    call = {"function": "cross_entropy", "classes": 1, "input": {"shape": [8, 1]}}
    hidden = [node("Neg", 1), node("CompiledFunction", None)]
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call=call), Fired)


def test_skips_without_a_loss(tmp_path):
    assert isinstance(outcome(tmp_path, loss=[]), Skipped)


def test_skips_where_neither_the_graph_nor_the_classes_are_known(tmp_path):
    assert isinstance(outcome(tmp_path, graph=[node("Neg", 1), node("CompiledFunction", None)]), Skipped)
