from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
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
        ([*FELL, *[math.nan] * 100], "is NaN or infinite from step 100 of 200 on"),
        ([*FELL, math.inf], "is NaN or infinite at the end of 101 steps, first at step 100"),
        (np.exp(np.linspace(0, 5, 100)).tolist(), "rose from"),
    ],
    ids=["NaN", "infinite at the end", "grows"],
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
    ],
    ids=["falls", "one step skipped", "a tenth", "hand-written loss, four times"],
)
def test_is_silent_on(tmp_path, loss, plan):
    assert isinstance(outcome(tmp_path, loss, **plan), Passed)


def test_is_skipped_for_a_loss_that_measures_no_progress(tmp_path):
    found = outcome(tmp_path, np.linspace(-1.0, 40.0, 100).tolist(), function=None)
    assert isinstance(found, Skipped)
    assert found.missing[0].startswith("a loss that measures progress")


def test_is_skipped_after_a_few_steps(tmp_path):
    found = outcome(tmp_path, FELL[:12])
    assert isinstance(found, Skipped)
    assert found.missing == ("20 steps",)
