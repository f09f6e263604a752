from __future__ import annotations

import math

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.num.non_finite_value import NonFiniteValue
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

NAN, INF = math.nan, math.inf
SICK = [2.0] * 10 + [NAN] * 30


def outcome(tmp_path, loss=SICK, origin=None, **plan):
    events = [] if origin is None else [("nonfinite", 10, {"series": 1, "weights": [], "inputs_nonfinite": 0, **origin})]
    record = synthetic.record(tmp_path, loss=loss, events=events, **plan)
    return run_rule(NonFiniteValue, (TrainingView(record, trainings(record)[0]),))


def first(found):
    assert isinstance(found, Fired)
    return found.findings[0]


def test_names_the_step_the_data_and_the_examples(tmp_path):
    finding = first(outcome(tmp_path, origin={"inputs_nonfinite": 3, "batch": [5, 9]}, loader={"size": 100}))
    assert finding.first_step == 10
    assert "NaN from step 10 on: 3 values of the batch are NaN or infinite" in finding.message
    assert finding.examples.indices == (5, 9)
    assert finding.examples.share == pytest.approx(0.02)


def test_names_the_operation_and_its_line(tmp_path):
    origin = {"op": "log", "count": 4, "of": 80, "layer": "head", "file": "train.py", "line": 33}
    finding = first(outcome(tmp_path, origin=origin))
    assert "logarithm in layer `head` first produced NaN or infinity (4 of 80 values)" in finding.message
    assert finding.place.line == 33
    assert finding.remedies[0].name == "use-stable-form"


def test_names_the_weights_and_the_gradient_before(tmp_path):
    layers = {"fc.weight": {"gradient": {"norm": [1.0, INF]}}}
    finding = first(outcome(tmp_path, origin={"weights": ["fc.weight"]}, layers=layers, sampled=[0, 9]))
    assert "fc.weight already held NaN or infinity before this step" in finding.message
    assert "the gradient of fc.weight held NaN or infinity at step 9" in finding.message


def test_names_an_operation_with_an_infinite_derivative_where_the_losses_were_calm(tmp_path):
    graph = [{"op": "mean", "in": [1]}, {"op": "sqrt", "in": [], "file": "train.py", "line": 44}]
    finding = first(outcome(tmp_path, origin={"weights": ["fc.weight"]}, graph=graph))
    assert "the derivative of `sqrt` can be infinite" in finding.message
    assert (finding.place.line, finding.remedies[0].name) == (44, "use-stable-form")
    wild = first(outcome(tmp_path, [2.0, 1e20, NAN, NAN, NAN], origin={"weights": ["fc.weight"]}, graph=graph))
    assert wild.remedies[0].name == "lower-learning-rate"


def test_targets_are_named(tmp_path):
    assert "1 value of the target is NaN or infinite" in first(outcome(tmp_path, origin={"target_nonfinite": 1})).message


def test_single_losses_are_a_warning(tmp_path):
    finding = first(outcome(tmp_path, [2.0] * 10 + [INF] + [2.0] * 30))
    assert finding.severity is Severity.WARNING
    assert "infinite at 1 of 31 steps from step 10 on" in finding.message


def test_fires_where_the_origin_is_unknown(tmp_path):
    assert first(outcome(tmp_path)).severity is Severity.ERROR


def test_finite_losses_pass(tmp_path):
    assert isinstance(outcome(tmp_path, [2.0] * 40), Passed)
