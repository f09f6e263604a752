"""``kill -9`` at any moment leaves a record that is read up to the last completed step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.record.reader import Record
from unstuck.record.schema import Kind
from unstuck.run import Answer, Run

DRIVER = Path(__file__).parent / "killed.py"


@pytest.mark.parametrize("times", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_run_is_read_up_to_its_last_completed_step(tmp_path, times):
    ran = subprocess.run(
        [sys.executable, str(DRIVER), str(tmp_path), str(times), "7"],
        capture_output=True, text=True, check=True,
    )
    for number, line in enumerate(ran.stdout.split()):
        completed = int(line)
        record = Record(tmp_path / str(number))
        assert record.main is not None
        rows = record.main.rows(Kind.STEP)
        # One more may have been under way.
        assert len(rows) in (completed, completed + 1)
        assert len(record.main.rows(Kind.BACKWARD)) >= completed
        [training] = trainings(record)
        assert training.loss is not None
        answer: Answer = Run(record.path).answer()
        assert answer.diagnosis.ended == "killed"
        assert answer.text(colour=False, width=80)
