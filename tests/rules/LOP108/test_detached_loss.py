from __future__ import annotations

import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.detached_loss import DetachedLoss
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

NEW = [
    {"op": "NllLoss", "in": [1], "file": "train.py", "line": 18}, {"op": "LogSoftmax", "in": [2]},
    {"op": "AccumulateGrad", "in": [], "leaf": 99, "shape": [8, 3]},
]  # fmt: skip
OURS = [*NEW[:2], {"op": "AccumulateGrad", "in": [], "leaf": 7, "shape": [8, 3]}]
MESSAGE = "element 0 of tensors does not require grad and does not have a grad_fn"


def windows(none=2, count=4):
    found = {"entries": 1, "clean": 1, "stepped": True, "parameters": 2, "none": none, "norm": 0.0, "moved": 0}
    return [{"step": step, "optimizers": {"5": found}} for step in range(count)]


def outcome(tmp_path, **plan):
    plan = {"loss": [1.0] * 40, "graph": NEW, "window": windows(), "optimizer": {"id": 5, "parameters": [7, 8]}, **plan}
    record = synthetic.record(tmp_path, **plan)
    return run_rule(DetachedLoss, tuple(TrainingView(record, one) for one in trainings(record)))


def test_fires_on_a_new_tensor(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    assert "disconnected from all 2 parameters" in found.findings[0].message
    assert "it reaches only a new tensor" in found.findings[0].message
    assert found.findings[0].place.line == 18


def test_fires_on_a_new_loss(tmp_path):
    found = outcome(tmp_path, graph=None)
    assert isinstance(found, Fired)
    assert "it is itself a new tensor" in found.findings[0].message


def test_fires_on_the_error_and_names_the_loss(tmp_path):
    cut = ("detached", 0, {"function": "mse_loss", "file": "train.py", "line": 17})
    end = ("end", 1, {"message": MESSAGE, "exception": "RuntimeError"})
    found = outcome(tmp_path, loss=[1.0], graph=None, window=None, events=[cut, end])
    assert isinstance(found, Fired)
    assert (found.findings[0].place.line, found.findings[0].used_at.line) == (17, 20)
    assert "mse_loss is disconnected from every parameter" in found.findings[0].message


@pytest.mark.parametrize(
    "plan",
    [
        {"graph": OURS},
        {"window": windows(none=1)},
        {"optimizer": ()},
        {"events": [("end", 40, {"message": "something else", "exception": "RuntimeError"})], "graph": OURS},
        {
            "loss": [1.0], "graph": None, "window": None,
            "model": {"modules": [], "parameters": [{"id": 7, "requires_grad": False, "name": "w", "layer": "l"}]},
            "events": [("end", 1, {"message": MESSAGE, "exception": "RuntimeError"})],
        },
    ],
    ids=[
        "a parameter is reached", "another loss brings gradients", "raw tensors updated by hand",
        "another error", "a network switched off as a whole",
    ],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


@pytest.mark.parametrize("plan", [{"window": windows(count=2)}, {"loss": []}], ids=["two steps only", "no backward"])
def test_is_skipped_with_too_little_data(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Skipped)
