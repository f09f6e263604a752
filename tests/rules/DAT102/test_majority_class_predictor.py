from __future__ import annotations

import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.dat.majority_class_predictor import MajorityClassPredictor
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

STEPS = 300
EVEN = {"0": 16, "1": 16}


def classes(predicted, labels, hits, step, **more):
    return {"function": "cross_entropy", "step": step, "input": {"shape": [32, len(labels)]},
            "target": {"shape": [32], "dtype": "int64"}, "classes": len(labels), "predicted": predicted,
            "labels": labels, "hits": hits, "file": "train.py", "line": 9, **more}


def binary(predicted, labels, hits, step, of=32, **more):
    return {"function": "binary_cross_entropy_with_logits", "step": step, "input": {"shape": [of, 1]},
            "target": {"shape": [of, 1], "mean": labels / of, "std": 0.5, "min": 0, "max": 1},
            "distinct": [[0.0, float(of - labels)], [1.0, float(labels)]],
            "positive": {"predicted": predicted, "labels": labels, "hits": hits, "of": of},
            "file": "train.py", "line": 9, **more}


def outcome(tmp_path, calls, loss):
    record = synthetic.record(tmp_path, loss=[loss] * STEPS, loss_call=calls)
    return run_rule(MajorityClassPredictor, (TrainingView(record, trainings(record)[0]),))


def test_fires_on_one_prediction_for_two_classes(tmp_path):
    found = outcome(tmp_path, [classes({"0": 32}, EVEN, {"0": 16}, s) for s in (0, 100, 220, 250, 290)], 0.693)
    assert isinstance(found, Fired)
    assert "100 % of the predictions are class 0 (50 % of the labels)" in found.findings[0].message
    assert found.findings[0].first_step == 220
    assert "argmax(1)" in found.findings[0].remedies[0].code


def test_fires_where_no_example_is_predicted_positive(tmp_path):
    found = outcome(tmp_path, [binary(0, 12, 0, s) for s in (0, 100, 220, 250, 290)], 0.66)
    assert isinstance(found, Fired)
    assert "argmax" not in found.findings[0].remedies[0].code  # a single output has no argmax
    assert "model(x) > 0" in found.findings[0].remedies[0].code


def test_fires_on_a_rare_class_that_is_always_predicted(tmp_path):
    labels = {"0": 28, "1": 4}
    calls = [classes({"1": 32}, labels, {"1": 4}, s) for s in (0, 100, 220, 250, 290)]
    assert isinstance(outcome(tmp_path, calls, 0.01), Fired)


def test_uses_the_last_sampled_steps_where_none_is_late(tmp_path):
    calls = [classes({"0": 32}, EVEN, {"0": 16}, s) for s in (0, 10, 20, 30, 60, 90)]
    assert isinstance(outcome(tmp_path, calls, 0.693), Fired)


LATE = (0, 100, 210, 220, 250, 290)


@pytest.mark.parametrize(
    ("calls", "loss"),
    [
        ([classes({"0": 17, "1": 15}, EVEN, {"0": 15, "1": 13}, s) for s in LATE], 0.3),
        ([classes({"0": 32}, {"0": 30, "1": 2}, {"0": 30}, s) for s in LATE], 0.15),
        ([binary(0, 0, 0, s) if s % 20 else binary(0, 32, 0, s) for s in LATE], 0.693),
        ([binary(0, 8, 0, s, input={"shape": [4, 8]}) for s in LATE], 0.56),
    ],
    ids=["learns", "ranks rare cases", "discriminator", "several labels"],
)
def test_is_silent_on(tmp_path, calls, loss):
    assert isinstance(outcome(tmp_path, calls, loss), Passed)


OTHERS = "20 sampled examples of the classes that are not predicted"


@pytest.mark.parametrize(
    ("calls", "loss", "missing"),
    [
        ([classes({"0": 32}, EVEN, {"0": 16}, s) for s in (0, 1, 2)], 0.693,
         "a sampled step in the last third of the training"),
        ([classes({"0": 32}, {"0": 31, "1": 1}, {"0": 31}, s) for s in LATE], 0.139, OTHERS),
        ([classes({"0": 32}, {"-100": 26, "0": 6}, {"0": 6}, s) for s in LATE], 0.693, OTHERS),
    ],
    ids=["first steps only", "few examples of other classes", "padding"],
)  # fmt: skip
def test_is_skipped_on(tmp_path, calls, loss, missing):
    found = outcome(tmp_path, calls, loss)
    assert isinstance(found, Skipped)
    assert found.missing == (missing,)


def test_is_skipped_without_loss_calls(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0] * 100)
    assert isinstance(run_rule(MajorityClassPredictor, (TrainingView(record, trainings(record)[0]),)), Skipped)
