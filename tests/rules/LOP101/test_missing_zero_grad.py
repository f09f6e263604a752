from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.missing_zero_grad import MissingZeroGrad
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

GRAPH = [{"op": "MseLoss", "in": [1]}, {"op": "AccumulateGrad", "in": [], "leaf": 7, "shape": [3, 3]}]
STEPS = (0, 1, 2, 4, 8, 16, 32)


def window(step, number="1", *, clean=0, entries=1, stale=4.0, norm=5.0, stepped=True):
    found = {
        "entries": entries, "clean": clean, "stale_norm": stale, "norm": norm, "stepped": stepped,
        "parameters": 1, "none": 0, "zero": 0, "moved": 1,
    }  # fmt: skip
    return {"step": step, "optimizers": {number: found}}


def outcome(tmp_path, windows, *, graph=GRAPH, optimizer=None, steps=100, every=1):
    optimizer = {"id": 1, "parameters": [7]} if optimizer is None else optimizer
    record = synthetic.record(
        tmp_path, loss=[1.0] * steps, accumulate=10**6, graph=graph, window=windows, optimizer=optimizer,
        rows=[(synthetic.Kind.STEP, 0.1, at + 1, 1) for at in range(every - 1, steps, every)],
    )  # fmt: skip
    return run_rule(MissingZeroGrad, (TrainingView(record, trainings(record)[0]),))


def sick(**more):
    return [window(0, clean=1, stale=0.0), *(window(step, **more) for step in STEPS[1:])]


def test_fires_with_share_and_place(tmp_path):
    found = outcome(tmp_path, sick())
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.severity is Severity.ERROR
    assert "6 of 6 sampled steps" in finding.message
    assert finding.place.line == 20
    assert finding.used_at is not None
    assert finding.used_at.line == 10
    assert finding.measured("left_over_ratio").value == pytest.approx(0.8)


def test_nan_gradients_that_are_never_cleared_count(tmp_path):
    nan = float("nan")
    assert isinstance(outcome(tmp_path, sick(stale=nan, norm=nan)), Fired)


def test_cleared_once_an_epoch_of_ten_steps_is_not_cleared(tmp_path):
    windows = [*sick(), window(40, clean=1, stale=0.0), window(50)]
    assert isinstance(outcome(tmp_path, windows), Fired)


def test_a_small_part_left_over_is_a_warning(tmp_path):
    found = outcome(tmp_path, sick(stale=0.01))
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.WARNING


def test_tensors_updated_by_hand_are_judged_where_there_is_no_optimiser(tmp_path):
    windows = [window(0, "-1", clean=1, stale=0.0), *(window(step, "-1") for step in STEPS[1:])]
    found = outcome(tmp_path, windows, optimizer=())
    assert isinstance(found, Fired)
    assert found.findings[0].remedies[0].code.startswith("with torch.no_grad()")


@pytest.mark.parametrize(
    ("windows", "more"),
    [
        (sick(clean=1, entries=2), {}),
        (sick(clean=1, entries=4), {}),
        (sick(), {"optimizer": {"id": 1, "parameters": [99]}}),
        ([window(step, clean=step % 2) for step in range(12)], {}),
    ],
    ids=[
        "filled by another loss, then cleared", "accumulation", "another training's optimiser",
        "every second step begins clean",
    ],
)
def test_is_silent_on(tmp_path, windows, more):
    assert isinstance(outcome(tmp_path, windows, **more), Passed)


@pytest.mark.parametrize(
    ("windows", "more"),
    [(sick(stepped=False), {}), (sick()[:3], {}), (sick(), {"every": 3})],
    ids=["gradients set by hand", "two steps only", "accumulation recorded from its middle"],
)
def test_is_skipped_with_too_few_whole_steps(tmp_path, windows, more):
    found = outcome(tmp_path, windows, **more)
    assert isinstance(found, Skipped)
    assert "3 sampled steps" in found.missing[0]


def test_is_skipped_without_a_graph(tmp_path):
    assert isinstance(outcome(tmp_path, sick(), graph=None), Skipped)


def test_skips_without_sampled_steps(tmp_path):
    assert isinstance(outcome(tmp_path, None), Skipped)
