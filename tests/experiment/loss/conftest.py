"""A snippet with interventions installed, in a fork of the warm process: what it printed, and what they said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from unstuck.experiment.interventions.building_blocks.intervention import Intervention
from unstuck.record.reader import Record
from unstuck.testing.warm import Warm

BEFORE = """
import atexit, json
from unstuck.experiment.interventions.building_blocks.registry import made
from unstuck.experiment.interventions.building_blocks.stage import Stage, Turn
turn = Turn()
stages = []
for one in json.loads({wanted!r}):
    stages.append(Stage(turn))
    made(one["name"], one["fields"]).install(stages[-1])
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
torch.set_num_threads(1)
"""
AFTER = """
print("TOLD", json.dumps([list(stage.effects) for stage in stages]))
"""


@dataclass(frozen=True)
class Outcome:
    """What came of a snippet."""

    lines: list[str]
    told: list[list[str]]
    """by intervention, what it says that it did"""
    record: Record

    @property
    def numbers(self) -> list[float]:
        """Every number that was printed, in order."""
        return [float(word) for line in self.lines for word in line.split()]


Play = Callable[..., Outcome]


@pytest.fixture
def play(warm: Warm, tmp_path: Path) -> Play:
    """Run a snippet: ``play(code, intervention, …)``; torch, F and nn are imported, the seed is 0."""
    count = iter(range(100))

    def run(code: str, *interventions: Intervention) -> Outcome:
        script = tmp_path / f"snippet_{next(count)}.py"
        wanted = json.dumps([one.to_json() for one in interventions])
        script.write_text(BEFORE.format(wanted=wanted) + dedent(code) + AFTER, encoding="utf-8")
        ran = warm.run(script, tmp_path / script.stem)
        assert ran.returncode == 0, ran.stderr
        lines = ran.stdout.splitlines()
        return Outcome(lines[:-1], json.loads(lines[-1].removeprefix("TOLD ")), ran.record)

    return run
