from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.validation_easier_than_training import ValidationEasierThanTraining
from unstuck.testing import synthetic

RANDOM = np.random.default_rng(0)
LOSS = (0.4 + 0.04 * RANDOM.standard_normal(1200)).tolist()
"""batches of 32: single examples scatter by 0.04 √32 = 0.23, the mean of 1,000 of them by 0.007, of 20 by 0.05"""
SAME = ("augmentation", 0, {"split": 0, "looked_at": 100, "differing": 0})
FALLS = 2 * np.exp(-np.arange(1200) / 200)


def outcome(tmp_path, evals, *, rows=1000, loss=LOSS, seen=(SAME,), **plan):
    mean = {"reduction": "mean", "function": "cross_entropy"}
    sampled = {"input": {"shape": [32, 3]}, "mean": loss[0], "step": 0, **mean}
    held_out = {"phase": "eval", "series": 2, "input": {"shape": [rows, 3]}, **mean}
    record = synthetic.record(
        tmp_path, loss=loss, evals=evals, loss_call=sampled, events=[("loss_call", 60, held_out), *seen], **plan
    )
    return run_rule(ValidationEasierThanTraining, (TrainingView(record, trainings(record)[0]),))


def test_fires_on_half_the_training_loss(tmp_path):
    found = outcome(tmp_path, [0.2] * 10)
    assert isinstance(found, Fired)
    (finding,) = found.findings
    assert finding.severity is Severity.INFO
    assert finding.measured("gap").value == pytest.approx(0.5, abs=0.02)
    assert finding.measured("standard_errors").value == pytest.approx(0.2 / 0.0073, rel=0.15)
    assert finding.message.startswith("the loss of 1000 held-out examples is 0.2, 50 % below the training loss")


def test_few_examples_are_below_by_chance(tmp_path):
    assert isinstance(outcome(tmp_path, [0.25] * 10, rows=20), Passed)


def test_a_gap_of_a_tenth_is_none(tmp_path):
    assert isinstance(outcome(tmp_path, [0.36] * 10), Passed)


def test_a_mean_over_an_epoch_lags_behind_and_is_no_gap(tmp_path):
    """The held-out loss is the training loss of its step, and far below the mean over the steps before it."""
    at = np.arange(120, 1201, 120)
    evals = (2 * np.exp(-at / 200)).tolist()
    assert FALLS[1080:].mean() > 1.25 * evals[-1]
    assert isinstance(outcome(tmp_path, evals, loss=FALLS.tolist()), Passed)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ({"seen": ()}, "seen twice"),
        ({"seen": (("augmentation", 0, {"split": 0, "looked_at": 100, "differing": 90}),)}, "random transform"),
        ({"model": {"id": 9, "modules": [{"name": "2", "class_name": "Dropout"}]}}, "dropout"),
        ({"graph": [{"op": "nll_loss", "in": [1]}, {"op": "dropout", "in": []}]}, "dropout"),
        ({"loader": {"id": 4, "sampler": "WeightedRandomSampler"}, "epochs": 3}, "WeightedRandomSampler"),
    ],
    ids=["unknown", "augmented", "a layer", "a function", "a weighted sampler"],
)
def test_innocent_reasons(tmp_path, plan, why):
    found = outcome(tmp_path, [0.2] * 10, **plan)
    assert isinstance(found, Skipped)
    assert why in found.missing[0]


def test_is_skipped_on_few_passes(tmp_path):
    assert isinstance(outcome(tmp_path, [0.2] * 5), Skipped)
