from __future__ import annotations

import numpy as np
import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.learning_rate_too_low import LearningRateTooLow
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

LABELS = [
    {"step": at, "labels": {str(k): 6 for k in range(10)}, "classes": 10, "target": {"dtype": "int64", "shape": [60]}}
    for at in range(6)
]
ADAM = {"class": "Adam"}
SGD = {"class": "SGD"}
FLAT = (2.31 + 0.02 * np.sin(np.arange(400))).tolist()
STRAIGHT = (np.linspace(2.4, 1.9, 400) + 0.02 * np.sin(np.arange(400))).tolist()
LEARNED = (2.3 * np.exp(-np.arange(400) / 40) + 0.05).tolist()


def outcome(tmp_path, loss, ratio, *, lr, optimizer=ADAM, **plan):
    layers = {"0.weight": {"weight": {"norm": 10.0, "count": 640}, "update": {"norm": [10 * ratio] * 4, "count": 640}}}
    optimizer = {"groups": [{"lr": lr}]} | optimizer if isinstance(lr, float) else optimizer
    record = synthetic.record(
        tmp_path, **{"loss": loss, "lr": lr, "layers": layers, "optimizer": optimizer, "loss_call": LABELS} | plan
    )
    return run_rule(LearningRateTooLow, (TrainingView(record, trainings(record)[0]),))


@pytest.mark.parametrize(
    ("loss", "ratio", "lr"), [(FLAT, 1e-6, 1e-6), (FLAT, 1e-4, 1e-5), (STRAIGHT, 5e-4, 1e-4)],
    ids=["no change", "little change", "ten times too low, and learning"],
)
def test_fires_on(tmp_path, loss, ratio, lr):
    found = outcome(tmp_path, loss, ratio, lr=lr)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.severity is Severity.WARNING
    assert finding.measured("total_relative_update").value == pytest.approx(400 * ratio, rel=0.01)
    assert 10 <= finding.measured("rate_factor").value <= 1000
    assert f"updates are {ratio:.1e} × the weight norm at a learning rate of {lr:g}" in finding.message


@pytest.mark.parametrize(
    ("loss", "ratio", "lr", "more"),
    [
        (LEARNED, 1e-5, 1e-5, {}),
        (FLAT, 5e-3, 1e-3, {}),
        (FLAT, 3e-4, 2e-3, {}),
        (FLAT, 1e-7, 0.1, {"optimizer": SGD}),
    ],
    ids=["fine-tuned to a low loss", "stuck for another reason", "weights too large for a usual rate",
         "a usual rate and no gradient"],
)  # fmt: skip
def test_silent_on(tmp_path, loss, ratio, lr, more):
    assert isinstance(outcome(tmp_path, loss, ratio, lr=lr, **more), Passed)


@pytest.mark.parametrize(
    ("loss", "ratio", "lr", "more"),
    [
        (FLAT, 0.0, 1e-3, {}),
        (FLAT[:10], 1e-6, 1e-6, {}),
        (FLAT, 1e-6, 1e-6, {"loss_call": None, "function": None, "model": {
            "modules": [], "parameters": [{"id": 1, "name": "w", "shape": [3, 3], "loaded": True}]}}),
    ],
    ids=["never updated", "ten steps", "loaded weights without a baseline loss"],
)  # fmt: skip
def test_is_skipped_with_too_little_data(tmp_path, loss, ratio, lr, more):
    assert isinstance(outcome(tmp_path, loss, ratio, lr=lr, **more), Skipped)


def test_skips_without_updates(tmp_path):
    record = synthetic.record(tmp_path, loss=FLAT)
    assert isinstance(run_rule(LearningRateTooLow, (TrainingView(record, trainings(record)[0]),)), Skipped)


def test_the_rate_is_the_one_that_the_user_wrote_and_the_schedule_is_named(tmp_path):
    """A cosine from 1e-6 has a median of 5e-7, which nobody wrote."""
    lr = (1e-6 * (1 + np.cos(np.pi * np.arange(400) / 400)) / 2).tolist()
    optimizer = {"class": "Adam", "groups": [{"lr": 1e-6, "initial_lr": 1e-6}]}
    schedule = ("scheduler", 0, {"name": "CosineAnnealingLR", "optimizer": 3, "file": "/a/train.py", "line": 8})
    found = outcome(tmp_path, FLAT, 1e-6, lr=lr, optimizer=optimizer, events=[schedule])
    finding = found.findings[0]
    assert "at a learning rate of 1e-06 (CosineAnnealingLR at train.py:8 sets it between " in finding.message
    assert " and 1e-06)" in finding.message
    assert finding.measured("learning_rate").value == 1e-6
    assert finding.remedies[0].code == "lr=0.001"


def test_without_a_schedule_the_step_of_the_change_is_said(tmp_path):
    optimizer = {"class": "Adam", "groups": [{"lr": 1e-6}]}
    found = outcome(tmp_path, FLAT, 1e-6, lr=[1e-6] * 100 + [1e-7] * 300, optimizer=optimizer)
    said = "at a learning rate of 1e-06 (from step 101 on, the script sets it between 1e-07 and 1e-06)"
    assert said in found.findings[0].message
