from __future__ import annotations

import pytest

from unstuck.analysis.run.loader_passes import is_held_out_name
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.training_on_held_out_data import TrainingOnHeldOutData
from unstuck.testing import synthetic

T, V, W = 21, 22, 23
SIZES = {T: 100, V: 40, W: 40}
NAMES = {T: "train_loader", V: "val_loader", W: "test_loader"}


def outcome(tmp_path, passes, *, names=NAMES, function="cross_entropy", mode=True):
    """``passes``: (loader, backward calls, optimiser that steps after each) one after the other; 10 examples a batch."""
    rows, calls, done = [], [], 0
    for loader, backward, optimizer in passes:
        rows.append((Kind.EPOCH, 0.0, done, loader))
        calls.append((loader, done))
        for _ in range(backward):
            done += 1
            rows.append((Kind.STEP, 0.1, done, optimizer))
    events = [("loader", 0, {"id": one, "batch_size": 10, "size": size}) for one, size in SIZES.items()]
    events += [
        ("evaluation", step, {"model": 3, "loader": one, "loader_name": names[one], "training_mode": mode, "line": 33})
        for one, step in calls
    ]
    record = synthetic.record(
        tmp_path, loss=[1.0] * done, accumulate=10**6, function=function, rows=rows, events=events,
        optimizer=[{"id": 5, "class": "Adam", "parameters": [7]}, {"id": 6, "class": "Adam", "parameters": [8]}],
    )  # fmt: skip
    return run_rule(TrainingOnHeldOutData, tuple(TrainingView(record, one) for one in trainings(record)))


def test_fires_where_validation_steps(tmp_path):
    found = outcome(tmp_path, [(T, 10, 5), (V, 4, 5)] * 3)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.severity is Severity.ERROR
    assert "trained on `val_loader`: 3 of 3 passes over it are trained on, 12 backward calls" in finding.message
    assert (finding.place.line, finding.first_step) == (33, 10)


def test_another_held_out_set_makes_it_a_warning_unless_the_mode_says_evaluation(tmp_path):
    passes = [*[(T, 10, 5), (V, 4, 5)] * 3, (W, 0, 5)]
    for mode, severity in ((True, Severity.WARNING), (False, Severity.ERROR)):
        found = outcome(tmp_path, passes, mode=mode)
        assert isinstance(found, Fired)
        assert found.findings[0].severity is severity


def test_nothing_else_to_train_on_is_a_warning(tmp_path):
    found = outcome(tmp_path, [(W, 4, 5)] * 3)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("passes", "more"),
    [
        ([(T, 10, 5), (V, 0, 5)] * 3, {}),
        ([(T, 10, 5), (V, 4, 6)] * 3, {}),
        ([(T, 10, 5), (V, 1, 5)] * 3, {}),
        ([(T, 10, 5)] * 3 + [(V, 4, 5)] * 3, {}),
        ([(T, 10, 5), (V, 4, 5)] * 3, {"names": {T: "labelled", V: "unlabelled", W: "rest"}}),
        ([(T, 10, 5), (V, 4, 5)] * 3, {"function": None}),
    ],
    ids=[
        "validation", "other parameters, learned on validation data", "single batches of it", "at the end, from all data",
        "two sets to train on", "a loss without labels: adaptation",
    ],
)
def test_is_silent_on(tmp_path, passes, more):
    assert isinstance(outcome(tmp_path, passes, **more), Passed)


def test_is_skipped_where_no_loader_has_a_name(tmp_path):
    found = outcome(tmp_path, [(T, 10, 5)] * 2, names={T: "", V: "", W: ""})
    assert isinstance(found, Skipped)


@pytest.mark.parametrize(
    ("name", "held_out"),
    [
        ("val_loader", True), ("testloader", True), ("loaders['val']", True), ("dev_iter", True), ("valid_dl", True),
        ("X_test", True), ("self.test_data", True), ("evalset", True), ("holdout", True),
        ("train_loader", False), ("values", False), ("latest", False), ("device", False), ("attestation_loader", False),
        ("loader", False), ("evaluator_train", False), ("contest_batches", False),
    ],
)  # fmt: skip
def test_names_of_held_out_data(name, held_out):
    assert is_held_out_name(name) is held_out
