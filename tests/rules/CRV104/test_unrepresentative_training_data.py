from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.unrepresentative_training_data import UnrepresentativeTrainingData
from unstuck.testing import synthetic

LOSS = (0.1 + 1.9 * np.exp(-np.arange(400) / 60)).tolist()


def outcome(tmp_path, evals):
    batch = {"shape": [32, 10]}
    calls = [
        {"phase": phase, "function": "cross_entropy", "series": series, "input": batch, "step": step, "mean": value}
        for phase, series, step, value in (("train", 1, 0, LOSS[0]), ("eval", 2, 0, evals[0]))
    ]
    record = synthetic.record(tmp_path, loss=LOSS, evals=evals, loss_call=calls)
    return run_rule(UnrepresentativeTrainingData, (TrainingView(record, trainings(record)[0]),))


def test_fires_with_the_gap(tmp_path):
    """Twelve passes; the median of the last four is .82, the training loss is then .1."""
    found = outcome(tmp_path, [1.9, 1.6, 1.4, 1.2, 1.1, 1.0, 0.95, 0.9, 0.83, 0.82, 0.82, 0.81])
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("held_out_loss").value == pytest.approx(0.82)
    assert finding.measured("training_loss").value == pytest.approx(0.11, abs=0.03)
    assert finding.measured("gap").value == pytest.approx(0.71, abs=0.03)


@pytest.mark.parametrize(
    "evals",
    [[1.9, 1.2, 0.7, 0.4, 0.3, 0.25, 0.22, 0.2], [1.9, 1.2, 0.8, 0.7, 0.75, 0.85, 1.0, 1.2],
     [2.4, 2.4, 2.4, 2.5, 2.4, 2.4, 2.4, 2.4]],
    ids=["together", "turned", "worse than the baseline"],
)  # fmt: skip
def test_is_silent_on(tmp_path, evals):
    assert isinstance(outcome(tmp_path, evals), Passed)


def test_few_passes_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, [1.0, 0.8]), Skipped)
