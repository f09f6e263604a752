from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import NO_SOURCE, Kind
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.erased_gradients import ErasedGradients
from unstuck.testing import synthetic

GRAPH = [{"op": "MseLoss", "in": [1]}, {"op": "AccumulateGrad", "in": [], "leaf": 7, "shape": [3, 3]}]
HELD = {"id": 5, "class": "Adam", "parameters": [7], "groups": [{"lr": 0.1}]}


def outcome(tmp_path, *, calls, facts, steps=8, optimizer=HELD, more=()):
    """``calls``: what one step does, B for backward, Z for clearing, O for another optimiser's step, S for its own."""
    rows, losses = [], 0
    for _ in range(steps):
        for letter in calls:
            if letter == "B":
                losses += 1
            else:
                kind = Kind.ZERO_GRAD if letter in "Zz" else Kind.STEP
                rows.append((kind, 0.1, losses, {"Z": 5, "z": NO_SOURCE, "S": 5, "O": 6}[letter]))
    found = {
        "entries": calls.count("B"), "clean": calls.count("B"), "stale_norm": 0.0, "norm": 1.0, "stepped": True,
        "zeroed": 0, "parameters": 2, "none": 0, "zero": 0, "moved": 2, **facts,
    }  # fmt: skip
    record = synthetic.record(
        tmp_path, loss=[1.0] * losses, accumulate=10**6, graph=GRAPH, optimizer=optimizer,
        window=[{"step": step, "optimizers": {"5": found}} for step in range(steps)],
        rows=rows, events=[*more, ("end", losses, {"steps": {"5": steps}})],
    )  # fmt: skip
    return run_rule(ErasedGradients, tuple(TrainingView(record, one) for one in trainings(record)))


EMPTY = {"none": 2, "norm": 0.0, "moved": 0}


@pytest.mark.parametrize(
    ("calls", "facts"),
    [("BZS", EMPTY), ("BzS", EMPTY), ("BZS", {"zero": 2, "norm": 0.0}), ("BBZS", EMPTY)],
    ids=["by the optimiser", "by the network", "set to zero, and weights decay", "of two batches"],
)
def test_fires_where_a_step_finds_nothing(tmp_path, calls, facts):
    found = outcome(tmp_path, calls=calls, facts=facts)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.severity is Severity.ERROR
    assert "at 8 of 8 sampled steps none of its 2 parameters had one" in finding.message
    assert [item.value for item in finding.evidence] == [1.0, 1.0]


def test_fires_where_three_of_four_batches_are_lost(tmp_path):
    found = outcome(tmp_path, calls="ZBZBZBZBS", facts={"intact": True})
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.ERROR
    assert "24 of 32 batches are lost: backward is called 4 times for a step" in found.findings[0].message
    assert [item.value for item in found.findings[0].evidence] == [1.0, 0.75]


@pytest.mark.parametrize(
    ("calls", "facts"),
    [
        ("ZBS", {}), ("BSZ", {}), ("ZBBBS", {"intact": True}), ("ZBZBS", {"intact": False}), ("BZS", {}),
        ("ZBOZBS", {"intact": True}), ("BS", EMPTY),
    ],
    ids=[
        "cleared before", "cleared after", "gathered", "put together by hand", "set by hand after they were cleared",
        "used by another optimiser first", "never there, and never cleared",
    ],
)  # fmt: skip
def test_is_silent_on(tmp_path, calls, facts):
    assert isinstance(outcome(tmp_path, calls=calls, facts=facts), Passed)


def test_is_skipped_with_too_few_steps(tmp_path):
    found = outcome(tmp_path, calls="BZS", facts=EMPTY, steps=2)
    assert isinstance(found, Skipped)
    assert "3 sampled steps" in found.missing[0]


def test_is_skipped_where_no_loss_reaches_the_optimiser(tmp_path):
    found = outcome(tmp_path, calls="BZS", facts=EMPTY, optimizer={**HELD, "parameters": [9]})
    assert isinstance(found, Skipped)
