from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.core.outcome import Fired, Passed
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.diverging_loss import DivergingLoss
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, loss, **plan):
    record = synthetic.record(tmp_path, loss=loss, **plan)
    return run_rule(DivergingLoss, (TrainingView(record, trainings(record)[0]),))


FELL = np.linspace(2.0, 1.0, 100).tolist()


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ([*FELL, *[math.nan] * 100], "is not finite from step 100 of 200 on"),
        ([*FELL, math.inf], "is no number at the end of 101 steps, first at 100"),
        (np.exp(np.linspace(0, 5, 100)).tolist(), "rose from"),
    ],
    ids=["NaN", "infinite at last", "grows"],
)
def test_fires_on(tmp_path, loss, words):
    found = outcome(tmp_path, loss)
    assert isinstance(found, Fired)
    assert words in found.findings[0].message


@pytest.mark.parametrize(
    ("loss", "plan"),
    [
        (FELL, {}),
        ([*FELL[:50], math.inf, *FELL[50:]], {}),
        (np.linspace(1.0, 1.1, 100).tolist(), {}),
        (np.linspace(0.5, 2.0, 100).tolist(), {"function": None}),
        (np.linspace(-1.0, 40.0, 100).tolist(), {"function": None}),
    ],
    ids=["falls", "one step skipped", "a tenth", "own loss, four times", "own loss that may be negative"],
)
def test_silent_on(tmp_path, loss, plan):
    assert isinstance(outcome(tmp_path, loss, **plan), Passed)
