from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.ineffective_clipping import IneffectiveClipping
from unstuck.testing import synthetic

OPTIMIZER, CLIP = 5, 9
USUAL, LATE = (Kind.CLIP, Kind.STEP), (Kind.STEP, Kind.CLIP)


def outcome(tmp_path, *, norm=2.0, order=USUAL, used=1.0, threshold=1.0, steps=40, scale=None):
    """After each backward the rows come in the order given; ``used`` is the norm at one sampled step."""
    value = {Kind.CLIP: (norm, CLIP), Kind.STEP: (0.1, OPTIMIZER)}
    rows = [(kind, value[kind][0], at + 1, value[kind][1]) for at in range(steps) for kind in order]
    rows += [(Kind.SCALER, scale, 6, 0)] if scale else []
    clip = {"id": CLIP, "function": "clip_grad_norm_", "threshold": threshold, "file": "train.py", "line": 7}
    window = {"step": 5, "backwards": 1, "optimizers": {str(OPTIMIZER): {"stepped": True, "norm": used}}}
    record = synthetic.record(
        tmp_path, loss=[1.0] * steps, accumulate=10**6, rows=rows, events=[("clip", 0, clip)], window=window,
        optimizer={"id": OPTIMIZER},
    )  # fmt: skip
    return run_rule(IneffectiveClipping, (TrainingView(record, trainings(record)[0]),))


@pytest.mark.parametrize(("norm", "severity"), [(2.0, Severity.WARNING), (0.5, Severity.INFO)])
def test_clipping_after_the_step_is_a_warning_where_it_would_have_mattered(tmp_path, norm, severity):
    found = outcome(tmp_path, norm=norm, order=LATE)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert "after the step has used them" in finding.message
    assert (finding.severity, finding.place.line) == (severity, 7)
    assert finding.measured("late_share").value == 1.0


def test_a_norm_of_zero_at_every_call_comes_before_there_are_gradients(tmp_path):
    found = outcome(tmp_path, norm=0.0, order=LATE, used=3.0)
    assert "before there are any: 100 % of 1 gradients used are longer than 1, up to 3 times" in found.findings[0].message


def test_other_parameters_than_those_trained(tmp_path):
    found = outcome(tmp_path, norm=0.0, used=3.0)
    assert "finds a gradient norm of 0 at all 40 calls" in found.findings[0].message


def test_gradients_that_are_smaller_at_the_step_were_scaled(tmp_path):
    found = outcome(tmp_path, norm=70000.0, used=1 / 1024, scale=1024.0)
    assert isinstance(found, Fired)
    assert found.findings[0].measured("scale").value == pytest.approx(1024)
    assert found.findings[0].remedies[0].name == "unscale-before-clipping"


@pytest.mark.parametrize(
    "plan", [{}, {"used": 0.5}, {"norm": 0.0, "used": 0.0}, {"threshold": 0.01, "used": 0.01},
     {"used": 0.01}, {"used": 0.01, "scale": 65536.0}, {"order": LATE, "threshold": float("inf")}],
    ids=["clipped, then used", "half of it is used", "no gradients at all", "small, and used as it is",
         "a part of the parameters is optimised", "the same beside a scaler", "measured after the step"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


def test_few_calls_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, order=LATE, steps=2), Skipped)
