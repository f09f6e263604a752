from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.activation_on_output import ActivationOnOutput
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(ActivationOnOutput, (TrainingView(record, trainings(record)[0]),))


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


LOG = ("LogSoftmax", {"dim": 1})
DROP = ("Mul", {"via": "dropout"})


@pytest.mark.parametrize(
    "ops",
    [("NllLoss", LOG, "Relu"), ("NllLoss", LOG, "View", "Tanh"), ("NllLoss2D", LOG, "Sigmoid"), ("NllLoss", LOG, "Hardtanh"),
     ("BinaryCrossEntropyWithLogits", "Relu"), ("BinaryCrossEntropyWithLogits", "Squeeze", "Softmax"),
     ("BinaryCrossEntropy", "Sigmoid", "Relu"), ("NllLoss", LOG, DROP), ("MseLoss", DROP), ("MseLoss", "NativeDropout"),
     ("Mean", "Pow", "Sub", DROP), ("Div", "Neg", "Sum", "Mul", LOG, "Relu"), ("NllLoss", "Log", "Clamp", "Softmax", "Relu")],
    ids=str,
)
def test_fires_on_an_operation_that_restricts_the_output(tmp_path, ops):
    found = outcome(tmp_path, graph=chain(*ops))
    assert isinstance(found, Fired)
    assert "4 outputs" in found.findings[0].message


@pytest.mark.parametrize(
    "ops",
    [("NllLoss", LOG), ("NllLoss", LOG, "Mul", "Tanh"), ("NllLoss", LOG, "LeakyRelu"), ("NllLoss", LOG, "Gelu"),
     ("NllLoss", LOG, "Mean", "Relu"), ("NllLoss", LOG, "Softmax"), ("BinaryCrossEntropyWithLogits", "Sigmoid"),
     ("BinaryCrossEntropy", "Sigmoid"), ("MseLoss", "Sigmoid"), ("MseLoss", "Relu"), ("MseLoss", "Mul"),
     ("Mean", "Pow", "Sub", "Tanh")],
    ids=str,
)
def test_passes_on_outputs_without_restriction(tmp_path, ops):
    assert isinstance(outcome(tmp_path, graph=chain(*ops)), Passed)


def test_a_dropout_module_is_recognised_by_its_class(tmp_path):
    modules = [{"name": "5", "class": "Dropout", "leaf": True, "file": "net.py", "line": 8}]
    found = outcome(tmp_path, graph=chain("MseLoss", ("Mul", {"layer": "5"})), model={"modules": modules})
    assert (found.findings[0].place.file, found.findings[0].place.line) == ("net.py", 8)


def test_passes_on_similarities_of_two_learned_sides(tmp_path):
    nodes = [node("NllLoss", 1), node("LogSoftmax", 2, dim=1), node("Relu", 3), node("Mm", 4, 8), *layer(4), node("Relu", 9), *layer(9)]
    assert isinstance(outcome(tmp_path, graph=nodes), Passed)


def test_skips_without_a_graph(tmp_path):
    assert isinstance(outcome(tmp_path), Skipped)
    assert isinstance(outcome(tmp_path, graph=[node("NllLoss", 1), node("CompiledFunction", None)]), Skipped)
