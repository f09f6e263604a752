from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.sys.memory_growth import MemoryGrowth
from unstuck.testing import synthetic

MB = 1 << 20


def outcome(tmp_path, memory, steps=range(0, 200, 10)):
    windows = [{"step": step, "memory": int(memory(step) * MB)} for step in steps]
    record = synthetic.record(tmp_path, loss=[1.0] * 200, window=windows)
    return run_rule(MemoryGrowth, (TrainingView(record, trainings(record)[0]),))


def test_fires_with_what_each_step_adds(tmp_path):
    """From step 20, a tenth of the run, to 190: half a megabyte a step."""
    found = outcome(tmp_path, lambda step: 400 + step / 2)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("memory_growth").value == pytest.approx(85)
    assert finding.measured("memory_growth").threshold == pytest.approx(41)
    assert finding.measured("first_half").value == pytest.approx(0.5)
    assert "85 MB (21 %) in 170 steps, 0.5 MB for each" in finding.message


@pytest.mark.parametrize(
    "memory", [lambda step: 400 + step / 10, lambda step: 400 + 100 * (step > 50), lambda step: 400 + 100 * (step < 10)],
    ids=["little", "once", "before it settled"],
)  # fmt: skip
def test_is_silent_on(tmp_path, memory):
    assert isinstance(outcome(tmp_path, memory), Passed)


def test_few_sampled_steps_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, lambda step: 400 + step, steps=(0, 50, 100)), Skipped)
