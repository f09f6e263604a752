from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.constant_clipping import ConstantClipping
from unstuck.testing import synthetic

OPTIMIZER, CLIP, STEPS = 5, 9, 60
MODEL = {"modules": [{"name": "0", "class": "Linear"}],
         "parameters": [{"id": 1, "name": "0.weight", "layer": "0", "shape": [100, 100]}]}  # fmt: skip


def outcome(tmp_path, *, norm=2.0, threshold=0.01, update=1e-4, last=1.9, optimizer="SGD", steps=STEPS):
    """A loss from 2 to ``last`` while every gradient of that norm is clipped."""
    rows = [row for at in range(steps) for row in ((Kind.CLIP, norm, at + 1, CLIP), (Kind.STEP, 0.1, at + 1, OPTIMIZER))]
    clip = {"id": CLIP, "function": "clip_grad_norm_", "threshold": threshold, "file": "train.py", "line": 7}
    record = synthetic.record(
        tmp_path, loss=[2.0 + (last - 2.0) * min(1.0, 3 * at / steps) for at in range(steps)], accumulate=10**6, rows=rows,
        events=[("clip", 0, clip)], model=MODEL,
        optimizer={"id": OPTIMIZER, "class": optimizer, "groups": [{"lr": 0.1, "eps": 1e-8}], "parameters": [1]},
        layers={"0.weight": {"weight": {"norm": [1.0] * 5, "count": [1e4] * 5},
                             "update": {"norm": [update] * 5, "count": [1e4] * 5}}},
    )  # fmt: skip
    return run_rule(ConstantClipping, (TrainingView(record, trainings(record)[0]),))


def test_fires_with_share_and_factor(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert "100 % of 60 gradients are clipped to a norm of 0.01, the median to a 200th" in finding.message
    assert finding.measured("clipping_factor").value == pytest.approx(200)
    assert finding.remedies[0].name == "raise-clipping-norm"


@pytest.mark.parametrize(
    "plan",
    [{"threshold": 1.0}, {"norm": 0.005}, {"update": 0.01, "threshold": 0.1}, {"last": 0.1}, {"optimizer": "Adam"}],
    ids=["by a factor of two", "hardly ever", "steps of a usual size", "the loss goes down", "Adam divides by it"],
)
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


def test_adam_minds_where_the_clipped_gradient_is_near_its_eps(tmp_path):
    """A norm of 1e-6 over 10,000 weights is 1e-8 for each: as much as eps."""
    assert isinstance(outcome(tmp_path, optimizer="Adam", threshold=1e-6), Fired)


def test_few_steps_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, steps=15), Skipped)
