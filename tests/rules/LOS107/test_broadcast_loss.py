from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.broadcast_loss import BroadcastLoss
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(BroadcastLoss, (TrainingView(record, trainings(record)[0]),))


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


def call(given, target, function="mse_loss", **more):
    return {"function": function, "input": {"shape": list(given)}, "target": {"shape": list(target)}, "line": 5, "file": "t.py", **more}


@pytest.mark.parametrize(
    ("given", "target", "pairs"),
    [((8, 1), (8,), 64), ((8,), (8, 1), 64), ((8, 1), (1, 8), 64), ((4, 1, 6), (4, 6), 96)],
    ids=["column and row", "row and column", "both two axes", "channel"],
)
def test_fires_where_every_prediction_is_compared_with_every_target(tmp_path, given, target, pairs):
    found = outcome(tmp_path, loss_call=call(given, target))
    assert isinstance(found, Fired)
    assert f"{pairs} comparisons instead of" in found.findings[0].message


@pytest.mark.parametrize(
    ("given", "target"),
    [((8, 1), (8, 1)), ((8, 3), (8, 1)), ((8, 1), ()), ((8, 4), (4,)), ((1, 1), (1,)), ((8, 1), (1,))],
    ids=["same", "quantiles", "scalar", "one row", "one example", "one number"],
)
def test_passes_where_broadcasting_is_intended(tmp_path, given, target):
    assert isinstance(outcome(tmp_path, loss_call=call(given, target)), Passed)


def test_passes_where_both_sides_are_learned(tmp_path):
    nodes = [node("MseLoss", 1, 2, line=5), *layer(1)]
    assert isinstance(outcome(tmp_path, graph=nodes, loss_call=call((8, 1), (8,))), Passed)


def test_fires_where_a_binary_loss_raised(tmp_path):
    one = call((8, 1), (8,), "binary_cross_entropy_with_logits", phase="raised", raised="ValueError: Target size")
    assert isinstance(outcome(tmp_path, loss=[], loss_call=one), Fired)
    one = call((8, 2), (8,), "binary_cross_entropy_with_logits", phase="raised", raised="ValueError: Target size")
    assert isinstance(outcome(tmp_path, loss=[], loss_call=one), Passed)


def by_hand(op="Sub", shape=(8, 8), below=None):
    first = [node("Mean", 1, shape=()), node("Pow", 2, shape=shape), node(op, 3, None, shape=shape, file="t.py", line=4)]
    return first + (below or layer(3, wide=1))


def test_fires_on_a_difference_by_hand(tmp_path):
    found = outcome(tmp_path, graph=by_hand())
    assert isinstance(found, Fired)
    assert found.findings[0].place.line == 4


@pytest.mark.parametrize(
    "graph",
    [by_hand(shape=(8, 1)), by_hand(shape=(8, 5)), by_hand(op="Mul"),
     by_hand(below=[node("Unsqueeze", 4, shape=(8, 1)), *layer(4, wide=1)])],
    ids=["same shape", "fixed points", "product", "on purpose"],
)
def test_passes_on_other_shapes_by_hand(tmp_path, graph):
    assert isinstance(outcome(tmp_path, graph=graph), Passed)


def test_fires_on_a_cross_entropy_by_hand(tmp_path):
    nodes = [node("Neg", 1, shape=()), node("Mean", 2, shape=()), node("Mul", None, 3, shape=(8, 8)),
             node("Log", 4, shape=(8, 1)), node("Sigmoid", 5, shape=(8, 1)), *layer(5, wide=1)]
    assert isinstance(outcome(tmp_path, graph=nodes), Fired)


def test_skips_without_graph_and_calls(tmp_path):
    assert isinstance(outcome(tmp_path), Skipped)
    assert isinstance(outcome(tmp_path, graph=[node("Mean", 1), node("CompiledFunction", None)]), Skipped)
