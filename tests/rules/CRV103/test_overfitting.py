from __future__ import annotations

import numpy as np
import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.overfitting import Overfitting
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

TRAIN = (0.02 + 0.7 * np.exp(-np.arange(600) / 100)).tolist()
TURNS = [0.7, 0.5, 0.42, 0.4, 0.41, 0.45, 0.5, 0.56, 0.62, 0.7]


def outcome(tmp_path, evals=TURNS, loss=TRAIN, **plan):
    record = synthetic.record(tmp_path, loss=loss, evals=evals, **plan)
    return run_rule(Overfitting, (TrainingView(record, trainings(record)[0]),))


def test_fires_and_names_the_turn(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    assert found.findings[0].first_step == 240
    assert "(lowest, step 240)" in found.findings[0].message
    assert found.findings[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    "evals",
    [
        [0.7, 0.5, 0.42, 0.4, 0.4, 0.41, 0.4, 0.41, 0.4, 0.41],
        [0.7, 0.5, 0.42, 0.4, 0.35, 0.33, 0.32, 0.3, 0.29, 0.33],
        [0.7, 0.3, 0.6, 0.25, 0.55, 0.28, 0.5, 0.3, 0.6, 0.45],
    ],
    ids=["level", "turned within the last fifth", "noise"],
)
def test_is_silent_on(tmp_path, evals):
    assert isinstance(outcome(tmp_path, evals), Passed)


@pytest.mark.parametrize(
    "evals", [[0.7, 0.4, 0.7], [0.7, 0.4, *[float("nan")] * 4]], ids=["three evaluations", "two finite evaluations"]
)
def test_is_skipped_with_too_few_evaluations(tmp_path, evals):
    found = outcome(tmp_path, evals)
    assert isinstance(found, Skipped)
    assert found.missing == ("5 evaluations of the same loss on held-out data",)


def test_is_silent_where_both_losses_rise(tmp_path):
    loss = np.concatenate([np.linspace(0.7, 0.4, 240), np.linspace(0.4, 0.7, 360)]).tolist()
    assert isinstance(outcome(tmp_path, loss=loss), Passed)


def test_is_skipped_where_only_another_kind_of_loss_is_evaluated(tmp_path):
    rows = [(Kind.EVAL_LOSS, value, 60 * at + 60, 9) for at, value in enumerate(TURNS)]
    other = [("series", 0, {"id": 9, "role": "eval", "function": "l1_loss"})]
    assert isinstance(outcome(tmp_path, evals=(), rows=rows, events=other), Skipped)


def test_is_a_note_where_the_best_weights_were_restored(tmp_path):
    rows = [(Kind.EVAL_LOSS, 0.4, 600, 2)]
    found = outcome(tmp_path, rows=rows)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO


def test_is_silent_where_the_training_set_is_evaluated(tmp_path):
    """Loader 4 is trained on, loader 5 is evaluated; the training set is evaluated too."""
    rows = []
    for at in range(60, 601, 60):
        rows += [(Kind.EPOCH, 0.0, at, 5), (Kind.EVAL_LOSS, 0.7 * np.exp(-at / 100), at, 2)]
    loader = [{"id": 4}, {"id": 5}]
    found = outcome(tmp_path, evals=(), loader=loader, rows=rows,
                    events=[("series", 0, {"id": 2, "role": "eval", "function": "cross_entropy"})])  # fmt: skip
    assert isinstance(found, Passed)


def test_is_skipped_without_held_out_losses(tmp_path):
    assert isinstance(outcome(tmp_path, evals=()), Skipped)
