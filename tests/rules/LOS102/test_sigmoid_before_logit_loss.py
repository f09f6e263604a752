from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.sigmoid_before_logit_loss import SigmoidBeforeLogitLoss
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(SigmoidBeforeLogitLoss, (TrainingView(record, trainings(record)[0]),))


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


LOGITS = "binary_cross_entropy_with_logits"
LOSS, INNER = "BinaryCrossEntropyWithLogits", ("Sigmoid", {"file": "net.py", "line": 9})


@pytest.mark.parametrize(
    "ops",
    [(LOSS, INNER), (LOSS, "Squeeze", INNER), (LOSS, "Clamp", "ToCopy", INNER), ("BinaryCrossEntropy", "Sigmoid", INNER),
     ("Mean", "Neg", "LogSigmoid", INNER)],
    ids=["plain", "squeezed", "clamped", "sigmoid twice", "log-sigmoid"],
)
def test_fires_at_the_sigmoid(tmp_path, ops):
    found = outcome(tmp_path, graph=chain(*ops))
    assert isinstance(found, Fired)
    assert found.findings[0].place.line == 9


@pytest.mark.parametrize(
    "ops", [(LOSS,), (LOSS, "Mul", INNER), (LOSS, "Tanh"), ("BinaryCrossEntropy", INNER), ("MseLoss", INNER)],
    ids=["scores", "factor", "tanh", "probabilities", "squared error"],
)
def test_passes_where_sigmoid_is_applied_once(tmp_path, ops):
    assert isinstance(outcome(tmp_path, graph=chain(*ops)), Passed)


def test_the_lowest_loss_depends_on_the_share_of_positive_targets(tmp_path):
    call = {"function": "binary_cross_entropy_with_logits", "positive": {"of": 100, "labels": 100, "predicted": 100, "hits": 100}}
    found = outcome(tmp_path, graph=chain(LOSS, INNER), loss_call=call)
    assert "below 0.313" in found.findings[0].message


def test_a_hidden_graph_is_judged_by_the_values_of_the_inputs(tmp_path):
    call = {"function": "binary_cross_entropy_with_logits", "input": {"shape": [100, 1], "min": 0.01, "max": 0.99}}
    found = outcome(tmp_path, graph=[node(LOSS, 1), node("CompiledFunction", None)], loss_call=[call] * 3)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.WARNING
    assert isinstance(outcome(tmp_path, graph=[node(LOSS, 1), node("CompiledFunction", None)], loss_call=call), Skipped)


def test_skips_without_a_loss(tmp_path):
    assert isinstance(outcome(tmp_path, loss=[]), Skipped)


def test_skips_where_neither_the_graph_nor_the_values_are_known(tmp_path):
    hidden = [node(LOSS, 1), node("CompiledFunction", None)]
    assert isinstance(outcome(tmp_path, graph=hidden), Skipped)
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call={"function": LOGITS, "input": {}}), Skipped)
    scores = {"function": LOGITS, "input": {"shape": [100, 1], "min": -2.0, "max": 0.5}}
    assert isinstance(outcome(tmp_path, graph=hidden, loss_call=scores), Passed)
