from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.logits_into_probability_loss import LogitsIntoProbabilityLoss
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(LogitsIntoProbabilityLoss, (TrainingView(record, trainings(record)[0]),))


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


def nll(off, **more):
    return {"function": "nll_loss", "log_normaliser": off, "input": {"min": -3.0, "max": 4.0}, **more}


@pytest.mark.parametrize(
    ("ops", "word"), [(("NllLoss",), "given logits"), (("NllLoss", "Softmax"), "given probabilities"), (("NllLoss", "Relu"), "given logits")],
    ids=["scores", "probabilities", "rectified"],
)
def test_fires_on_nll_loss_without_a_logarithm(tmp_path, ops, word):
    found = outcome(tmp_path, graph=chain(*ops), loss_call=nll(2.3))
    assert isinstance(found, Fired)
    assert word in found.findings[0].message


@pytest.mark.parametrize(
    ("ops", "off"),
    [(("NllLoss", "LogSoftmax"), 0.0), (("NllLoss", "Log", "Add", "Softmax"), 0.01),
     (("NllLoss", "Log", "Clamp", "Softmax"), 0.01), (("NllLoss",), 0.0), (("NllLoss", "Mul", "LogSoftmax"), 3.0)],
    ids=["log-softmax", "log of sum", "log of clamp", "normalised somehow", "weighted"],
)
def test_passes_on_log_probabilities(tmp_path, ops, off):
    assert isinstance(outcome(tmp_path, graph=chain(*ops), loss_call=nll(off)), Passed)


def test_passes_where_the_program_adds_log_sum_exp(tmp_path):
    nodes = [node("Add", 1, 2, shape=()), node("NllLoss", 3, shape=()), node("Logsumexp", 3)]
    assert isinstance(outcome(tmp_path, graph=nodes + layer(3), loss_call=nll(2.3)), Passed)


def raised(low, high, nonfinite=0):
    return {"function": "binary_cross_entropy", "phase": "raised", "raised": "RuntimeError: all elements of input",
            "input": {"shape": [8], "min": low, "max": high, "nonfinite": nonfinite}, "file": "t.py", "line": 3}


def test_fires_where_binary_cross_entropy_raised_on_logits(tmp_path):
    found = outcome(tmp_path, loss=[], loss_call=raised(-1.2, 0.4))
    assert isinstance(found, Fired)
    assert found.findings[0].place.line == 3
    assert "-1.2 to 0.4" in found.findings[0].message


@pytest.mark.parametrize("call", [raised(0.1, 0.9), raised(-1.0, 2.0, nonfinite=3)], ids=["targets", "NaN"])
def test_passes_where_binary_cross_entropy_raised_for_another_reason(tmp_path, call):
    assert isinstance(outcome(tmp_path, loss=[], loss_call=call), Passed)


@pytest.mark.parametrize(
    ("ops", "fires"),
    [(("BinaryCrossEntropy", "Clamp"), True), (("BinaryCrossEntropy",), True), (("BinaryCrossEntropy", "Sigmoid"), False),
     (("BinaryCrossEntropy", "Clamp", "Sigmoid"), False), (("BinaryCrossEntropy", "Clamp", "Exp", "Neg"), False)],
    ids=["clamped", "bare", "sigmoid", "clamped sigmoid", "kernel"],
)
def test_binary_cross_entropy_is_judged_by_the_graph(tmp_path, ops, fires):
    call = {"function": "binary_cross_entropy", "input": {"min": 0.0, "max": 1.0}}
    found = outcome(tmp_path, graph=chain(*ops), loss_call=call)
    assert isinstance(found, Fired if fires else Passed)


@pytest.mark.parametrize(
    ("below", "fires"), [((), True), (("Softmax",), True), (("LogSoftmax",), False)], ids=["bare", "softmax", "log"],
)
def test_fires_on_kl_div_without_a_logarithm(tmp_path, below, fires):
    ops = [(op, {"line": 5}) for op in ("Div", "Sum", "Sub", "Mul", *below)]
    call = {"function": "kl_div", "input": {"max": 0.7}, "line": 5}
    found = outcome(tmp_path, graph=chain(*ops), loss_call=call)
    assert isinstance(found, Fired if fires else Passed)


def test_skips_without_graph_and_calls(tmp_path):
    assert isinstance(outcome(tmp_path), Skipped)


def test_skips_where_the_inputs_of_the_loss_were_not_measured(tmp_path):
    assert isinstance(outcome(tmp_path, graph=chain("NllLoss")), Skipped)
    assert isinstance(outcome(tmp_path, graph=chain("BinaryCrossEntropy")), Skipped)
    assert isinstance(outcome(tmp_path, graph=[node("NllLoss", 1), node("CompiledFunction", None)]), Skipped)


def test_the_place_is_the_softmax_and_not_the_layer_below_it(tmp_path):
    soft = ("Softmax", {"dim": 1, "file": "net.py", "line": 9, "via": "softmax", "layer": "net.3"})
    found = outcome(tmp_path, graph=chain("NllLoss", soft), loss_call=nll(1.5))
    assert isinstance(found, Fired)
    assert (found.findings[0].place.layer, found.findings[0].place.line) == ("net.3", 9)
