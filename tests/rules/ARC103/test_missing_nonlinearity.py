from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.missing_nonlinearity import MissingNonlinearity
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(MissingNonlinearity, (TrainingView(record, trainings(record)[0]),))


def node(op, *below, shape=(8, 4), **more):
    return {"op": op, "in": list(below), "shape": list(shape), **more}


def stack(widths, between=(), names=None, top="MseLoss", bottom=()):
    """A graph of linear layers, the last first, with operations between each two."""
    nodes = [node(top, 1)]
    parameters = []
    for number in range(len(widths) - 1, 0, -1):
        narrow, wide, at = widths[number - 1], widths[number], len(nodes)
        below = at + 3 if number > 1 or bottom else None
        nodes += [node("Addmm", below, at + 1, shape=(8, wide)), node("T", at + 2, shape=(narrow, wide)),
                  node("AccumulateGrad", leaf=number, shape=(wide, narrow))]
        name = names[number - 1] if names else f"net.{number - 1}"
        parameters.append({"id": number, "name": f"{name}.weight", "layer": name, "shape": [wide, narrow]})
        for op in between if number > 1 else bottom:
            nodes.append(node(*op[:1], len(nodes) + 1, shape=(8, narrow), **op[1]) if isinstance(op, tuple)
                         else node(op, len(nodes) + 1, shape=(8, narrow)))
    if bottom:
        nodes.append(node("Embedding", None))
    modules = [{"name": p["layer"], "class": "Linear", "leaf": True, "file": "net.py", "line": p["id"]} for p in parameters]
    return {"graph": nodes, "model": {"modules": modules, "parameters": parameters}}


@pytest.mark.parametrize(
    ("widths", "between"),
    [((2, 64, 64, 2), ()), ((10, 64, 1), ()), ((10, 64, 64, 1), ("View",)), ((6, 24, 24, 3), (("Mul", {"via": "dropout"}),)),
     ((6, 24, 24, 3), (("Mul", {"settings": {"factor": 0.5}}),))],
    ids=["three", "pair", "moved", "dropout", "factor"],
)
def test_fires_at_the_first_layer(tmp_path, widths, between):
    found = outcome(tmp_path, **stack(widths, between))
    assert isinstance(found, Fired)
    assert found.findings[0].place.line == 1
    assert " → ".join(map(str, widths)) in found.findings[0].message


@pytest.mark.parametrize(
    ("widths", "between"),
    [((2, 64, 64, 2), ("Relu",)), ((64, 8, 64), ()), ((2, 64, 2), ("NativeBatchNorm",)), ((2, 64, 2), ("Mul",)),
     ((13, 3), ()), ((2, 64, 2), ("MaxPool2DWithIndices",))],
    ids=["activation", "bottleneck", "normalisation", "unknown factor", "one layer", "maximum"],
)
def test_passes(tmp_path, widths, between):
    assert isinstance(outcome(tmp_path, **stack(widths, between)), Passed)


def test_a_pair_of_two_modules_passes_within_a_larger_network(tmp_path):
    apart = stack((10, 64, 3), names=["encoder.fc", "head.0"], bottom=["Relu"])
    assert isinstance(outcome(tmp_path, **apart), Passed)
    together = stack((10, 64, 3), names=["head.fc1", "head.fc2"], bottom=["Relu"])
    assert isinstance(outcome(tmp_path, **together), Fired)


def test_a_linear_regression_that_fits_is_information(tmp_path):
    call = {"function": "mse_loss", "target": {"shape": [64, 1], "mean": 0.0, "std": 1.0, "min": -2.0, "max": 2.0}}
    found = outcome(tmp_path, loss=[1.0] * 10 + [0.001] * 50, function="mse_loss", loss_call=call, **stack((3, 16, 1)))
    assert found.findings[0].severity is Severity.INFO


def test_layers_that_feed_attention_pass(tmp_path):
    plan = stack((10, 64, 64))
    plan["graph"][0] = node("Bmm", 1, 1)
    assert isinstance(outcome(tmp_path, **plan), Passed)


def test_skips_without_a_graph(tmp_path):
    assert isinstance(outcome(tmp_path), Skipped)
