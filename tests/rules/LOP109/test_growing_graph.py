from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.growing_graph import GrowingGraph
from unstuck.testing import synthetic

MB = 1 << 20
STEPS = (0, 1, 2, 10, 20, 40, 60, 80)


def outcome(tmp_path, *, kept=lambda planted: planted, oldest=0, nodes=lambda step: 12, memory=lambda step: 400 * MB):
    windows = [
        {
            "step": step, "nodes": nodes(step), "graphs_planted": at, "graphs_kept": kept(at), "oldest_graph": oldest,
            "memory": memory(step),
        }
        for at, step in enumerate(STEPS)
    ]  # fmt: skip
    record = synthetic.record(tmp_path, loss=[1.0] * 100, window=windows)
    return run_rule(GrowingGraph, tuple(TrainingView(record, one) for one in trainings(record)))


def test_memory_that_grows_is_a_warning(tmp_path):
    """From step 10, a tenth of the run, to 80: half a megabyte a step."""
    found = outcome(tmp_path, memory=lambda step: (400 + step // 2) * MB)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.severity is Severity.WARNING
    assert "7 of 7 are alive at step 80, 35 MB more memory than after the first steps" in finding.message
    assert finding.evidence[1].threshold == pytest.approx(0.05 * 440)


def test_graphs_that_grow_are_a_warning(tmp_path):
    found = outcome(tmp_path, nodes=lambda step: 12 + 4 * step)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.WARNING
    assert "12 operations at the first step, 332 at step 80" in found.findings[0].message


def test_graphs_without_their_values_are_a_note(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO


@pytest.mark.parametrize(
    "plan",
    [
        {"kept": lambda planted: min(planted, 1)}, {"oldest": 60}, {"kept": lambda planted: 0, "oldest": None},
        {"kept": lambda planted: planted // 2, "nodes": lambda step: 12 + 4 * step},
    ],
    ids=["the last one only", "those of the last epoch", "none", "long sentences later, half of the losses kept"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


def test_is_skipped_on_records_without_marks(tmp_path):
    assert isinstance(outcome(tmp_path, kept=lambda planted: 0, nodes=lambda step: 0), Passed | Skipped)
    record = synthetic.record(tmp_path, loss=[1.0] * 100, window=[{"step": step} for step in STEPS])
    found = run_rule(GrowingGraph, tuple(TrainingView(record, one) for one in trainings(record)))
    assert isinstance(found, Skipped)
