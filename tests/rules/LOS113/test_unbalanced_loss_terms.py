from __future__ import annotations

import math

import pytest

from unstuck.analysis.run.latent_code import latent_code_of
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.gen.collapsed_representation import CollapsedRepresentation
from unstuck.rules.families.los.unbalanced_loss_terms import UnbalancedLossTerms
from unstuck.testing import synthetic

N, PIXELS, CODE = 10, 100, 4


def graph(reduction=1.0, factor=0.5):
    """Mean over all pixels + mean over the batch of factor × Σ (exp(v) + μ² − 1 − v); z = μ + exp(v / 2) × noise."""
    shape = [N, CODE]
    return [
        {"op": "add", "in": [1, 2], "shape": []},
        {"op": "mse_loss", "in": [10, None], "shape": [], "settings": {"reduction": reduction}, "line": 7},
        {"op": "mean", "in": [3], "shape": []},
        {"op": "mul", "in": [4, None], "shape": [N], "settings": {"factor": factor}},
        {"op": "sum", "in": [5], "shape": [N]},
        {"op": "sub", "in": [6, 8], "shape": shape},
        {"op": "add", "in": [7, 9], "shape": shape},
        {"op": "exp", "in": [8], "shape": shape},
        {"op": "addmm", "in": [None], "shape": shape, "layer": "spread"},
        {"op": "pow", "in": [12], "shape": shape},
        {"op": "addmm", "in": [11], "shape": [N, PIXELS], "layer": "decoder"},
        {"op": "add", "in": [12, 13], "shape": shape, "line": 5},
        {"op": "addmm", "in": [None], "shape": shape, "layer": "mean"},
        {"op": "mul", "in": [None, 14], "shape": shape},
        {"op": "exp", "in": [15], "shape": shape},
        {"op": "mul", "in": [8, None], "shape": shape, "settings": {"factor": 0.5}},
    ]


def view(tmp_path, *, spread=0.0, around=0.01, steps=300, **plan):
    layers = {
        "mean": {"output": {"mean": [0.0] * 6, "std": [0.1, 0.1, 0.05, *[around] * 3]}},
        "spread": {"output": {"mean": [spread] * 6, "std": [0.0] * 6}},
    }
    record = synthetic.record(tmp_path, loss=[1.0] * steps, function=None, graph=graph(**plan), layers=layers)
    return TrainingView(record, trainings(record)[0])


def test_the_term_is_that_of_two_normal_distributions(tmp_path):
    """Of variance ½ with means that scatter by 1: ½ (1 + ½ − 1 − ln ½) for each of four units."""
    code = latent_code_of(view(tmp_path, spread=math.log(0.5), around=1.0).training)
    assert code is not None
    assert code.at_end == pytest.approx(4 * 0.5 * (1 + 0.5 - 1 + math.log(2)))
    assert (code.mean_layer, code.spread_layer, code.units, code.line) == ("mean", "spread", CODE, 5)


def test_a_mean_over_pixels_beside_a_sum(tmp_path):
    one = view(tmp_path)
    found = run_rule(UnbalancedLossTerms, (one,))
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("kl_weight").value == pytest.approx(PIXELS)
    assert finding.measured("nats").value == pytest.approx(4 * 0.5 * 0.01**2)
    assert (finding.place.line, "a mean over 100 values" in finding.message) == (7, True)
    assert isinstance(run_rule(CollapsedRepresentation, (one,)), Fired)


def test_two_sums_weigh_the_same(tmp_path):
    """Squared errors are summed over the batch: a tenth of the KL term's weight is left."""
    one = view(tmp_path, reduction=2.0)
    assert latent_code_of(one.training).terms.weight == pytest.approx(1 / N)
    assert isinstance(run_rule(UnbalancedLossTerms, (one,)), Passed)
    assert isinstance(run_rule(CollapsedRepresentation, (one,)), Fired)


def test_a_code_that_is_kept_is_no_fault(tmp_path):
    one = view(tmp_path, around=1.0, spread=-1.0)
    assert isinstance(run_rule(UnbalancedLossTerms, (one,)), Passed)
    assert isinstance(run_rule(CollapsedRepresentation, (one,)), Passed)


def test_few_steps_are_skipped(tmp_path):
    assert isinstance(run_rule(CollapsedRepresentation, (view(tmp_path, steps=50),)), Skipped)
