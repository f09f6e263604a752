from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.loss_spike import LossSpike
from unstuck.testing import synthetic

FALLS = 0.3 + 1.7 * np.exp(-np.arange(300) / 60) + 0.02 * np.random.default_rng(0).standard_normal(300)


def outcome(tmp_path, *, at=(), height=5.0, steps=300, **plan):
    loss = FALLS[:steps].copy()
    loss[list(at)] = height
    record = synthetic.record(tmp_path, loss=loss.tolist(), **plan)
    return run_rule(LossSpike, (TrainingView(record, trainings(record)[0]),))


def test_fires_with_batch_and_rate(tmp_path):
    """Epochs of 30 batches: step 217 is the eighth of the eighth."""
    found = outcome(tmp_path, at=[217], epochs=10)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert "to 5 at step 217 (epoch 8, batch 8), at a learning rate of 0.1" in finding.message
    assert finding.measured("spike_level").value == pytest.approx(float(np.median(FALLS[207:228])), abs=0.01)
    assert finding.measured("spike_sigmas").value > 100


def test_others_are_counted(tmp_path):
    assert "; 2 other steps like it" in outcome(tmp_path, at=[100, 200, 250]).findings[0].message


@pytest.mark.parametrize(
    "plan", [{}, {"at": [217], "height": 1.5}, {"at": range(30, 290, 10)}, {"at": [3]}],
    ids=["noise", "lower than the first loss", "many", "at the start"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


def test_few_steps_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, at=[50], steps=80), Skipped)
