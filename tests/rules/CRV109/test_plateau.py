from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.plateau import Plateau
from unstuck.testing import synthetic

NOISE = np.random.default_rng(0).normal(0, 0.02, 1000)
FALLS = np.concatenate([np.linspace(2.0, 0.5, 200), np.full(800, 0.5)])


def outcome(tmp_path, loss, **plan):
    record = synthetic.record(tmp_path, loss=list(map(float, loss)), **plan)
    return run_rule(Plateau, (TrainingView(record, trainings(record)[0]),))


def test_says_since_when(tmp_path):
    """Forty stretches of 25 steps: the eighth ends at step 200, from which on the loss is .5."""
    found = outcome(tmp_path, FALLS + NOISE)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("level_share").value == pytest.approx(0.8, abs=0.03)
    assert finding.measured("level").value == pytest.approx(0.5, abs=0.01)
    assert finding.measured("fall").value == pytest.approx(1.4, abs=0.1)
    assert finding.first_step == pytest.approx(200, abs=30)


@pytest.mark.parametrize(
    "loss",
    [2 * np.exp(-np.arange(1000) / 400), np.linspace(2, 1, 1000), np.linspace(2, 1, 1000) ** 0.5 + NOISE,
     np.concatenate([np.linspace(2.0, 0.5, 200), np.linspace(0.5, 0.3, 800)]),
     np.concatenate([np.linspace(2.0, 0.5, 700), np.full(300, 0.5)]), 2.3 + NOISE,
     np.concatenate([np.linspace(2.0, 1, 200), np.full(600, 1.0), np.linspace(1.0, 0.2, 200)])],
    ids=["exponential", "line", "noisy", "slowly", "level late", "never fell", "falls again"],
)  # fmt: skip
def test_is_silent_on(tmp_path, loss):
    assert isinstance(outcome(tmp_path, loss), Passed)


def test_a_held_out_loss_that_still_falls_is_not_reported(tmp_path):
    evals = np.linspace(1.5, 0.4, 20).tolist()
    assert isinstance(outcome(tmp_path, FALLS + NOISE, evals=evals), Passed)


def test_short_runs_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, (FALLS + NOISE)[::10]), Skipped)
