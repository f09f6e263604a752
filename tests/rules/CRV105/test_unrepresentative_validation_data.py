from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.held_out import around, beside, between, jumps
from unstuck.analysis.run.curves import Curve
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.unrepresentative_validation_data import UnrepresentativeValidationData
from unstuck.testing import synthetic

RANDOM = np.random.default_rng(0)
LOSS = (0.4 + 0.04 * RANDOM.standard_normal(1200)).tolist()
"""single batches of 32 scatter by 10 %, means of 60 of them by 1.3 %"""
JUMPS = (0.4 + 0.12 * np.resize([1, -1], 20)).tolist()
CALM = (0.4 + 0.004 * np.resize([1, -1], 20)).tolist()


def training(tmp_path, evals, *, rows, loss=LOSS, events=(), **call):
    mean = {"reduction": "mean", "function": "cross_entropy"}
    sampled = {"input": {"shape": [32, 3]}, "mean": loss[0], "step": 0, **mean, **call}
    held_out = {"phase": "eval", "series": 2, "input": {"shape": [rows, 3]}, **mean}
    record = synthetic.record(
        tmp_path, loss=loss, evals=evals, loss_call=sampled, events=[("loss_call", 60, held_out), *events]
    )
    return record, trainings(record)[0]


def outcome(tmp_path, evals, **about):
    return run_rule(UnrepresentativeValidationData, (TrainingView(*training(tmp_path, evals, **about)),))


def test_few_examples_that_jump(tmp_path):
    """Second differences of ± 0.12 are 0.48: divided by √6 a jump of 0.196, 49 % of 0.4."""
    found = outcome(tmp_path, JUMPS, rows=12)
    assert isinstance(found, Fired)
    (finding,) = found.findings
    assert finding.severity is Severity.INFO
    assert finding.measured("jump").value == pytest.approx(0.48 / 6**0.5 / 0.4, rel=0.03)
    assert finding.message.startswith("the loss of 12 held-out examples jumps by 49 % from pass to pass; the training")
    assert finding.remedies[0].name == "hold-out-more"


def test_many_examples_that_jump_more_than_a_batch(tmp_path):
    found = outcome(tmp_path, JUMPS, rows=1000)
    assert isinstance(found, Fired)
    assert "more than 32 examples explain" in found.findings[0].message
    assert found.findings[0].remedies[0].name == "evaluate-without-chance"


def test_many_examples_that_jump_as_batches_do(tmp_path):
    """Jumps of 12 %, where batches scatter by 10 %: moving weights would show in both."""
    evals = (0.4 + 0.03 * np.resize([1, -1], 20)).tolist()
    assert isinstance(outcome(tmp_path, evals, rows=1000), Passed)
    assert isinstance(outcome(tmp_path, evals, rows=50), Fired)


def test_is_silent_where_the_training_loss_jumps_as_much(tmp_path):
    loss = np.repeat(0.4 + 0.12 * np.resize([1, -1], 20), 60).tolist()
    assert isinstance(outcome(tmp_path, JUMPS, rows=12, loss=loss), Passed)


def test_is_silent_on_a_calm_curve_of_few_examples(tmp_path):
    assert isinstance(outcome(tmp_path, CALM, rows=12), Passed)


def test_is_silent_on_a_curve_that_falls(tmp_path):
    assert isinstance(outcome(tmp_path, (2 * np.exp(-np.arange(20) / 6)).tolist(), rows=12), Passed)


@pytest.mark.parametrize(
    ("evals", "call"),
    [(JUMPS[:9], {}), (JUMPS, {"weight": [1.0, 2.0, 1.0]}), (JUMPS, {"label_smoothing": 0.1}), (JUMPS, {"mean": 0.1}),
     (JUMPS, {"reduction": "sum"})],
    ids=["nine passes", "class weights", "smoothed labels", "another multiple", "a sum"],
)  # fmt: skip
def test_is_skipped(tmp_path, evals, call):
    assert isinstance(outcome(tmp_path, evals, rows=12, **call), Skipped)


def test_losses_that_were_worked_out_from_outputs(tmp_path):
    passes = [
        ("held_out_pass", 60 * at + 60,
         {"split": 1, "loss": loss, "accuracy": 0.5, "looked_at": 12, "function": "cross_entropy"})
        for at, loss in enumerate(JUMPS)
    ]  # fmt: skip
    found = outcome(tmp_path, (), rows=12, events=passes)
    assert isinstance(found, Fired)
    assert found.findings[0].measured("rows").value == 12


def test_rows_of_a_pass_are_those_of_all_its_calls(tmp_path):
    _, one = training(tmp_path, CALM, rows=12)
    (found,) = beside(one)
    assert (found.rows, found.batch, len(found.x)) == (12, 32, 20)


def test_jumps_and_means_by_hand():
    assert jumps(np.array([1.0, 2.0, 3.0, 4.0, 5.0])) == 0
    assert jumps(np.array([1.0, -1.0, 1.0, -1.0])) == pytest.approx(4 / 6**0.5)
    curve = Curve(np.arange(8.0), np.arange(8.0), 8)
    assert between(curve, np.array([2.0, 4.0, 8.0])).tolist() == [2.5, 5.5]
    assert around(curve, np.array([0.0, 4.0, 8.0])).tolist() == [3.5]  # steps 2 to 5
