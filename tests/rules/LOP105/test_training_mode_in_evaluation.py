from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.gradients_in_evaluation import GradientsInEvaluation
from unstuck.rules.families.lop.training_mode_in_evaluation import TrainingModeInEvaluation
from unstuck.testing import synthetic

DROP = {"what": "dropout", "layer": "drop", "file": "net.py", "line": 8}
NORM = {"what": "statistics", "layer": "norm", "file": "net.py", "line": 7}
LOOSE = {"what": "dropout", "file": "net.py", "line": 15}


def outcome(tmp_path, calls, *, rule=TrainingModeInEvaluation, losses_at=(), passes=(), function="cross_entropy"):
    """``calls``: step → the evaluation; ``passes``: (step, loader) at which passes begin."""
    model = {"id": 3, "name": "net", "class": "Net", "modules": [{"name": "drop", "class": "Dropout"}]}
    record = synthetic.record(
        tmp_path, loss=[1.0] * 100, model=model, function=function, evals={step: 1.0 for step in losses_at},
        rows=[(Kind.EPOCH, 0.0, step, loader) for step, loader in passes],
        events=[
            ("evaluation", step, {"model": 3, "file": "train.py", "line": 40, **call}) for step, call in calls.items()
        ],
    )  # fmt: skip
    return run_rule(rule, tuple(TrainingView(record, one) for one in trainings(record)))


TRAINS = {"training_mode": True, "active": [DROP, NORM]}


def test_fires_where_eval_was_forgotten(tmp_path):
    found = outcome(tmp_path, {30: TRAINS, 60: TRAINS}, losses_at=(30, 60))
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert "in training mode (2 of 2 evaluations looked at): 1 dropout is on and 1 batch norm" in finding.message
    assert (finding.place.line, finding.first_step) == (40, 30)


def test_fires_on_a_dropout_that_no_mode_reaches(tmp_path):
    found = outcome(tmp_path, {30: {"active": [LOOSE]}}, losses_at=(30,))
    assert isinstance(found, Fired)
    assert "1 dropout within `forward` stays on in evaluation mode (1 of 1" in found.findings[0].message
    assert (found.findings[0].place.line, found.findings[0].used_at.line) == (15, 40)


def test_fires_where_a_loader_tells_that_it_is_held_out(tmp_path):
    calls = {step: {**TRAINS, "gradients": True, "loader": 8, "loader_name": "val"} for step in (50, 100)}
    passes = [(0, 7), (50, 8), (50, 7), (100, 8)]
    assert isinstance(outcome(tmp_path, calls, passes=passes), Fired)
    found = outcome(tmp_path, calls, passes=passes, rule=GradientsInEvaluation)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO
    assert "on `val`: at 2 of 2 passes looked at" in found.findings[0].message


def test_fires_on_rare_calls_of_a_classifier_without_a_loss(tmp_path):
    """Seen at the first, second and fourth time: once in 20 steps."""
    assert isinstance(outcome(tmp_path, {20: TRAINS, 40: TRAINS, 80: TRAINS}), Fired)


@pytest.mark.parametrize(
    ("calls", "more"),
    [
        ({30: {}, 60: {}}, {}),
        ({30: {"active": [DROP]}}, {}),
        ({30: {"training_mode": True, "active": [{**LOOSE, "explicit": True}]}}, {}),
        ({30: {"active": [{**LOOSE, "explicit": True}]}}, {}),
        ({30: {"training_mode": True}}, {}),
        ({30: {"gradients": True, "loader": 7, **TRAINS}}, {"passes": [(30, 7), (60, 7)]}),
        ({30: {}, 60: {}, 90: TRAINS}, {}),
        ({30: {**TRAINS, "model": 4}}, {}),
    ],
    ids=[
        "evaluation mode", "one layer in training mode on purpose", "training=True", "training=True in evaluation mode",
        "nothing that depends on the mode", "a pass that trains", "one of several sets", "another network: a teacher",
    ],
)
def test_is_silent_on(tmp_path, calls, more):
    assert isinstance(outcome(tmp_path, calls, losses_at=() if more else (30, 60, 90), **more), Passed | Skipped)


def test_a_network_asked_for_samples_is_meant_so(tmp_path):
    again = [{**TRAINS, "repeated": repeated} for repeated in (False, True)]
    model = {"id": 3, "name": "net", "class": "Net", "modules": []}
    record = synthetic.record(
        tmp_path, loss=[1.0] * 100, model=model, evals={30: 1.0},
        events=[("evaluation", 30, {"model": 3, **call}) for call in again],
    )  # fmt: skip
    found = run_rule(TrainingModeInEvaluation, tuple(TrainingView(record, one) for one in trainings(record)))
    assert isinstance(found, Passed)


@pytest.mark.parametrize("function", ["mse_loss", "cross_entropy"])
def test_calls_in_every_step_are_part_of_it(tmp_path, function):
    """A sampler, a teacher: seen at the first, second, fourth … time, which are the steps 1, 2, 4 …"""
    calls = {2**n: TRAINS for n in range(7)}
    assert isinstance(outcome(tmp_path, calls, function=function), Passed)


def test_is_skipped_where_no_evaluation_was_looked_at(tmp_path):
    assert isinstance(outcome(tmp_path, {}, losses_at=(50,)), Skipped)
