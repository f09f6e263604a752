from __future__ import annotations

import numpy as np
import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.flat_training_loss import FlatTrainingLoss
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

LABELS = [
    {"step": at, "labels": {str(k): 6 for k in range(10)}, "classes": 10, "target": {"dtype": "int64", "shape": [60]}}
    for at in range(6)
]


def noisy(values, sigma=0.05):
    return (np.asarray(values) + sigma * np.random.default_rng(0).standard_normal(len(values))).tolist()


def outcome(tmp_path, loss, **plan):
    record = synthetic.record(tmp_path, loss=loss, **plan)
    return run_rule(FlatTrainingLoss, (TrainingView(record, trainings(record)[0]),))


@pytest.mark.parametrize("labels", [LABELS, None], ids=["against the baseline loss", "against its start"])
def test_fires_on_a_flat_loss(tmp_path, labels):
    found = outcome(tmp_path, noisy(np.full(300, 2.31)), loss_call=labels)
    assert isinstance(found, Fired)
    assert "after 300 steps" in found.findings[0].message
    assert found.findings[0].place.line == 20


@pytest.mark.parametrize(
    ("loss", "labels"),
    [
        (noisy(np.linspace(2.3, 1.0, 300)), LABELS),
        (noisy(np.linspace(9.0, 2.31, 300)), LABELS),
        (noisy(np.full(300, 0.4)), LABELS),
        (noisy(np.linspace(2.3, 30.0, 300)), LABELS),
        (noisy(np.linspace(2.3, 2.1, 2000), 0.3), None),
    ],
    ids=["falls", "falls to the baseline loss", "low from the start", "rises", "a fall in noise"],
)
def test_is_silent_on(tmp_path, loss, labels):
    assert isinstance(outcome(tmp_path, loss, loss_call=labels), Passed)


def test_is_skipped_after_twelve_steps(tmp_path):
    found = outcome(tmp_path, [2.3] * 12, loss_call=LABELS)
    assert isinstance(found, Skipped)
    assert found.missing == ("more steps, or a loss with less noise",)


def test_is_skipped_without_a_loss(tmp_path):
    assert isinstance(outcome(tmp_path, [], loss_call=LABELS), Skipped)
