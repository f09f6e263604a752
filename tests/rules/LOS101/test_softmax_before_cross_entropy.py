from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.softmax_before_cross_entropy import SoftmaxBeforeCrossEntropy
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(SoftmaxBeforeCrossEntropy, (TrainingView(record, trainings(record)[0]),))


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


LOG, SOFT = ("LogSoftmax", {"dim": 1}), ("Softmax", {"dim": 1, "file": "net.py", "line": 9, "via": "softmax"})


@pytest.mark.parametrize(
    "ops",
    [("NllLoss", LOG, SOFT), ("NllLoss2D", LOG, SOFT), ("NllLoss", LOG, "View", "Permute", "ToCopy", SOFT),
     ("NllLoss", LOG, "Clamp", SOFT), ("Div", "Neg", "Sum", "Mul", LOG, SOFT), ("NllLoss", "Log", SOFT, SOFT)],
    ids=["plain", "map", "moved", "clamped", "soft labels", "logarithm of two"],
)
def test_fires_at_the_softmax(tmp_path, ops):
    found = outcome(tmp_path, graph=chain(*ops))
    assert isinstance(found, Fired)
    assert (found.findings[0].place.file, found.findings[0].place.line) == ("net.py", 9)
    assert "0.744" in found.findings[0].message


@pytest.mark.parametrize(
    "ops",
    [("NllLoss", LOG), ("NllLoss", LOG, "Mul", SOFT), ("NllLoss", LOG, "Log", SOFT), ("NllLoss", LOG, LOG),
     ("MseLoss", SOFT), ("NllLoss", LOG, "Sigmoid")],
    ids=["scores", "temperature", "logarithm", "log-softmax twice", "squared error", "sigmoid"],
)
def test_passes_where_softmax_is_applied_once(tmp_path, ops):
    assert isinstance(outcome(tmp_path, graph=chain(*ops)), Passed)


def test_a_penalty_before_the_loss_does_not_hide_it(tmp_path):
    nodes = [node("Add", 1, 3, shape=()), node("Pow", 2), node("AccumulateGrad", leaf=9, shape=(4, 6))]
    rest = [node("NllLoss", 4, shape=()), node("LogSoftmax", 5, dim=1), node("Softmax", 6, dim=1)]
    assert isinstance(outcome(tmp_path, graph=nodes + rest + layer(6)), Fired)


def test_names_the_axis_of_the_first_softmax_where_it_differs(tmp_path):
    found = outcome(tmp_path, graph=chain("NllLoss", LOG, ("Softmax", {"dim": 0})))
    assert "axis 0" in found.findings[0].message


def call(**more):
    return {"function": "cross_entropy", "classes": 4, "row_sum_error": 1e-6, "row_min": 0.0, **more}


def test_a_hidden_graph_is_judged_by_the_values_of_the_inputs(tmp_path):
    hidden = [node("NllLoss", 1), node("LogSoftmax", 2, dim=1), node("CompiledFunction", None)]
    found = outcome(tmp_path, graph=hidden, loss_call=[call()] * 3)
    assert isinstance(found, Fired)
    assert found.findings[0].confidence == "suspected"
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call=[call()] * 2), Skipped)
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call=[call(row_min=-0.1)] * 3), Passed)
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call=[call(classes=1)] * 3), Passed)


def test_skips_without_a_loss(tmp_path):
    assert isinstance(outcome(tmp_path, loss=[]), Skipped)


def test_skips_where_neither_the_graph_nor_the_values_are_known(tmp_path):
    hidden = [node("NllLoss", 1), node("LogSoftmax", 2, dim=1), node("CompiledFunction", None)]
    assert isinstance(outcome(tmp_path, graph=hidden), Skipped)
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call={"function": "cross_entropy"}), Skipped)
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call={"function": "mse_loss"}), Passed)


@pytest.mark.parametrize(("smoothing", "floor"), [(0.0, "0.744"), (0.1, "0.819"), (0.8, "1.332")])
def test_smoothed_labels_raise_the_floor(tmp_path, smoothing, floor):
    # By search over all probabilities of four classes: log Σ exp p − Σ q p, least at certainty, or at p like q.
    call = {"function": "cross_entropy", "label_smoothing": smoothing, "classes": 4}
    found = outcome(tmp_path, graph=chain("NllLoss", LOG, SOFT), loss_call=call)
    assert isinstance(found, Fired)
    assert found.findings[0].measured("lowest_reachable_loss").value == pytest.approx(float(floor), abs=6e-4)


def test_a_detached_loss_is_judged_by_the_values_of_its_inputs(tmp_path):
    calls = [
        {"function": "cross_entropy", "phase": "other", "classes": 4, "row_min": 0.1, "row_sum_error": 1e-7, "step": at}
        for at in range(4)
    ]
    assert isinstance(outcome(tmp_path, loss_call=calls), Fired)
    assert isinstance(outcome(tmp_path, loss_call=[{**call, "row_min": -2.0} for call in calls]), Passed)
