"""Every way of writing a training loop that section 8 of the design page lists is recorded rightly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.record import events
from unstuck.record.schema import Kind
from unstuck.testing.warm import Warm

STYLES = sorted(
    path for path in (Path(__file__).parents[1] / "programs" / "styles").glob("*.py") if path.name[0] != "_"
)
LOSS_NOT_COUNTED = "losses are counted by their line and their network"


def truths(script: Path) -> dict[str, int]:
    """What the head of the program says of itself: steps, optimizer-steps, losses, exit."""
    return {
        key: int(value)
        for key, value in re.findall(r"^# ([\w-]+): (-?\d+)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize("script", STYLES, ids=lambda path: path.stem)
def test_a_style_is_recorded_rightly(script: Path, warm: Warm, tmp_path: Path) -> None:
    ran = warm.run(script, tmp_path)
    truth = truths(script)
    assert ran.returncode == truth.get("exit", 0), ran.stderr
    record = ran.record
    assert not [
        event for part in record.parts for event in (*part.of(events.Failure), *part.of(events.SamplingFailure))
    ]
    main = record.main
    if truth["steps"] == 0:
        assert main is None or not len(main.rows(Kind.BACKWARD))
        return
    assert main is not None
    assert len(main.rows(Kind.BACKWARD)) == truth["steps"]
    assert len(main.rows(Kind.STEP)) == truth.get("optimizer-steps", 0)
    if "losses" in truth:
        assert sum(len(training.losses) for training in trainings(record)) == truth["losses"]
    assert main.of(events.End)
