from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.trained_too_long import TrainedTooLong
from unstuck.testing import synthetic

LOSS = (0.5 + 1.5 * np.exp(-np.arange(400) / 80)).tolist()
FALLS = [1.0, 0.9, 0.82, 0.8]


def outcome(tmp_path, evals):
    record = synthetic.record(tmp_path, loss=LOSS, evals=evals)
    return run_rule(TrainedTooLong, (TrainingView(record, trainings(record)[0]),))


def test_fires_with_what_the_rest_of_the_run_cost(tmp_path):
    """Ten evaluations, one in 40 steps; the lowest is the fourth: 360 − 120 of 360 steps come after it."""
    found = outcome(tmp_path, [*FALLS, 0.81, 0.83, 0.85, 0.87, 0.89, 0.91])
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("turning_step").value == 160
    assert finding.measured("held_out_rise").value == pytest.approx(0.89 - 0.81)  # medians of three
    assert "the last 240 steps, 67 % of the run" in finding.message


@pytest.mark.parametrize(
    "evals",
    [[*FALLS, 0.79, 0.78, 0.77, 0.76, 0.75, 0.74], [*FALLS, 0.8, 0.81, 0.8, 0.81, 0.8, 0.81],
     [0.81, 0.8, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94],
     [1.0, 0.9, 0.82, 0.8, 0.7, 0.6, 0.5, 0.4, 0.42, 0.44], [0.8, 0.95, 0.72, 0.9, 0.78, 1.0, 0.76, 0.98, 0.8, 1.0]],
    ids=["falls", "level", "nothing learned", "turned late", "jumps"],
)  # fmt: skip
def test_is_silent_on(tmp_path, evals):
    assert isinstance(outcome(tmp_path, evals), Passed)


def test_few_evaluations_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, FALLS), Skipped)
