from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.learning_rate_too_high import LearningRateTooHigh
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

LABELS = [
    {"step": at, "labels": {str(k): 6 for k in range(10)}, "classes": 10, "target": {"dtype": "int64", "shape": [60]}}
    for at in range(6)
]
STUCK = [2.3, 90.0, 40.0, *(2.33 + 0.02 * np.sin(np.arange(300))).tolist()]
LEARNED = (2.3 * np.exp(-np.arange(300) / 40) + 0.05).tolist()
SGD = {"class": "SGD", "groups": [{"lr": 10.0}]}
SAMPLED = [0, 1, 2, 60, 200]


def outcome(tmp_path, loss, ratios, *, lr=10.0, weight=10.0, optimizer=SGD, labels=LABELS, function="cross_entropy"):
    updates = [weight * ratio for ratio in ratios]
    layers = {
        f"{n}.weight": {"weight": {"norm": [weight] * 5, "count": 640}, "update": {"norm": updates, "count": 640}}
        for n in range(3)
    }
    record = synthetic.record(
        tmp_path, loss=loss, lr=lr, layers=layers, sampled=SAMPLED, optimizer=optimizer, loss_call=labels,
        function=function,
    )  # fmt: skip
    return run_rule(LearningRateTooHigh, (TrainingView(record, trainings(record)[0]),))


def test_fires_where_updates_are_as_large_as_the_weights_and_nothing_is_learned(tmp_path):
    found = outcome(tmp_path, STUCK, [1.0, 0.9, 0.5, 0.1, 0.1])
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("learning_rate").value == 10.0
    assert finding.measured("rate_factor").value >= 10
    assert "at a learning rate of 10" in finding.message
    assert found.findings[0].remedies[0].code.startswith("lr=")


def test_the_message_gives_the_largest_relative_update(tmp_path):
    (far,) = outcome(tmp_path / "far", STUCK, [1.0, 6e10, 0.5, 0.1, 0.1]).findings
    (near,) = outcome(tmp_path / "near", STUCK, [1.0, 0.9, 0.5, 0.1, 0.1]).findings
    assert "up to 6e+10 × the weight norm" in far.message
    assert "up to 2 × the weight norm" in near.message


def test_one_large_step_then_none_at_all(tmp_path):
    assert isinstance(outcome(tmp_path, STUCK, [0.9, 0.8, 1e-9, 1e-9, 1e-9]), Fired)


@pytest.mark.parametrize(
    ("loss", "ratios"),
    [
        (LEARNED, [1.0, 0.9, 0.5, 0.1, 0.1]),
        (STUCK, [0.02, 0.02, 0.02, 0.01, 0.01]),
        ([*(2.3 + 0.02 * np.sin(np.arange(300))).tolist()], [0.2, 0.1, 0.1, 0.05, 0.05]),
        ([*LEARNED, math.nan], [0.01, 0.01, 0.01, 0.01, 0.01]),
    ],
    ids=["no harm", "stuck for another reason", "large updates without a jump", "NaN with usual updates"],
)  # fmt: skip
def test_silent_without_both_harm_and_measurement(tmp_path, loss, ratios):
    assert isinstance(outcome(tmp_path, loss, ratios), Passed)


def test_is_skipped_with_too_few_steps(tmp_path):
    assert isinstance(outcome(tmp_path, [2.3] * 5, [1.0] * 5), Skipped)


def test_divergence_needs_a_single_large_step_only(tmp_path):
    loss = (np.exp(np.arange(300) / 20.0)).tolist()
    assert isinstance(outcome(tmp_path, loss, [0.02, 0.03, 0.05, 0.1, 0.4], function="mse_loss", labels=None), Fired)


def test_updates_after_the_first_nan_do_not_count(tmp_path):
    loss = [*LEARNED[:100], *[math.nan] * 200]
    assert isinstance(outcome(tmp_path, loss, [0.01, 0.01, 0.01, 0.01, math.nan]), Passed)


def test_relapse_counts_as_harm(tmp_path):
    loss = [*LEARNED, *(2.0 + 0.3 * np.sin(np.arange(300))).tolist()]
    assert isinstance(outcome(tmp_path, loss, [0.5, 0.5, 0.5, 0.5, 0.5]), Fired)


def test_skips_without_updates(tmp_path):
    record = synthetic.record(tmp_path, loss=STUCK)
    found = run_rule(LearningRateTooHigh, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Skipped)


def test_the_first_update_of_a_zero_weight_does_not_count(tmp_path):
    model = {"modules": [], "parameters": [{"id": 7, "name": "head", "shape": [64, 10], "requires_grad": True}]}
    layers = {"head.weight": {"weight": {"norm": 0.1, "count": 640}, "update": {"norm": [0.1, 1e-3], "count": 640}}}
    record = synthetic.record(tmp_path, loss=STUCK, layers=layers, sampled=[0, 50], model=model, loss_call=LABELS)
    found = run_rule(LearningRateTooHigh, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Passed)
