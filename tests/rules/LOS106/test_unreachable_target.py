from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.unreachable_target import UnreachableTarget
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(UnreachableTarget, (TrainingView(record, trainings(record)[0]),))


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


def call(low=-2.0, high=2.0, *, missed=0.3, outside=0.4, mean=0.0, std=1.0, function="mse_loss"):
    beyond = {"unit": missed, "signed_unit": missed, "positive": missed}
    return {"function": function, "unreachable": beyond, "outside_unit": outside, "outside_signed_unit": outside,
            "negative": outside, "line": 5,
            "target": {"shape": [64, 1], "min": low, "max": high, "mean": mean, "std": std}}


@pytest.mark.parametrize("op", ["Sigmoid", "Tanh", "Relu", "Softplus", "Hardsigmoid"])
def test_fires_on_an_activation_whose_range_excludes_targets(tmp_path, op):
    found = outcome(tmp_path, graph=chain("MseLoss", "Squeeze", op), loss_call=call())
    assert isinstance(found, Fired)
    assert "40 %" in found.findings[0].message


@pytest.mark.parametrize(
    ("one", "ops"),
    [(call(missed=0.003, outside=0.2), ("MseLoss", "Tanh")), (call(missed=0.5, outside=0.005), ("MseLoss", "Sigmoid")),
     (call(), ("MseLoss",)), (call(), ("MseLoss", "LeakyRelu")), (call(), ("MseLoss", "Cosh", "Relu"))],
    ids=["noise at the ends", "outliers", "linear", "leaky", "unknown arithmetic"],
)
def test_passes_where_targets_are_in_range(tmp_path, one, ops):
    assert isinstance(outcome(tmp_path, graph=chain(*ops), loss_call=one), Passed)


def test_a_known_factor_widens_the_range(tmp_path):
    ops = ("MseLoss", ("Mul", {"settings": {"factor": 5.0}}), "Sigmoid")
    assert isinstance(outcome(tmp_path, graph=chain(*ops), loss_call=call(0.5, 4.5, mean=2.5, missed=0, outside=0)), Passed)
    assert isinstance(outcome(tmp_path, graph=chain(*ops), loss_call=call(5.0, 40.0, mean=20.0, missed=0, outside=0)), Fired)


@pytest.mark.parametrize(
    ("op", "settings", "fires"),
    [("Hardtanh", {"min": 0.0, "max": 6.0}, True), ("ClampMin", {"min": 0.0}, True), ("Clamp", {"min": -9.0, "max": 9.0}, False)],
    ids=["relu6", "clamp", "wide clamp"],
)
def test_the_limits_of_a_clamp_are_its_range(tmp_path, op, settings, fires):
    found = outcome(tmp_path, graph=chain("MseLoss", (op, {"settings": settings})), loss_call=call())
    assert isinstance(found, Fired if fires else Passed)


def test_fires_on_an_absolute_error(tmp_path):
    ops = [(op, {"line": 5}) for op in ("Mean", "Abs", "Sub", "Expand", "Sigmoid")]
    assert isinstance(outcome(tmp_path, graph=chain(*ops), loss_call=call(function="l1_loss")), Fired)


def test_passes_where_prediction_and_target_are_swapped(tmp_path):
    graph = chain("MseLoss", "Sigmoid")
    graph[0]["in"] = [None, 1]
    assert isinstance(outcome(tmp_path, graph=graph, loss_call=call()), Passed)


@pytest.mark.parametrize(("loss", "fires"), [(1.4, True), (0.9, False)], ids=["too large", "possible"])
def test_an_error_by_hand_is_judged_by_its_bound(tmp_path, loss, fires):
    ops = ["Mean", ("Pow", {"settings": {"exponent": 2}}), "Sub", "Sigmoid"]
    found = outcome(tmp_path, loss=[loss] * 60, graph=chain(*ops))
    assert isinstance(found, Fired if fires else Passed)


def test_a_sum_by_hand_has_a_larger_bound(tmp_path):
    ops = ["Sum", ("Pow", {"settings": {"exponent": 2}, "shape": (8, 1)}), "Sub", "Sigmoid"]
    graph = chain(*ops)
    graph[0]["shape"] = []
    assert isinstance(outcome(tmp_path, loss=[7.0] * 60, graph=graph), Passed)
    assert isinstance(outcome(tmp_path, loss=[9.0] * 60, graph=graph), Fired)


def test_passes_on_a_softmax_over_one_unit(tmp_path):
    ops = ("MseLoss", ("Softmax", {"shape": (8, 1), "dim": 1}))
    assert isinstance(outcome(tmp_path, graph=chain(*ops), loss_call=call()), Passed)


def test_skips_without_a_loss(tmp_path):
    assert isinstance(outcome(tmp_path, loss=[]), Skipped)


def test_skips_where_the_targets_are_unknown(tmp_path):
    assert isinstance(outcome(tmp_path, graph=chain("MseLoss", "Sigmoid")), Skipped)
    by_hand = chain("Mean", ("Pow", {"settings": {"exponent": 2}}), "Sub", "Relu")
    assert isinstance(outcome(tmp_path, graph=by_hand), Skipped)
    assert isinstance(outcome(tmp_path, graph=[node("MseLoss", 1), node("CompiledFunction", None)]), Skipped)
