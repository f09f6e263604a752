"""Run a snippet with interventions installed, in a fork of its own and without the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from unstuck.experiment.interventions.building_blocks.intervention import Intervention


@dataclass(frozen=True)
class Outcome:
    """What a snippet printed, and what its interventions say that they did."""

    printed: str
    told: tuple[dict[str, int], ...]

    @property
    def numbers(self) -> list[float]:
        return [float(word) for word in self.printed.split()]


Play = Callable[..., Outcome]


@pytest.fixture(scope="session")
def player() -> Iterator[subprocess.Popen[str]]:
    """A process that has imported torch and forks for each snippet; the tests' own process is never forked."""
    command = [sys.executable, str(Path(__file__).parents[1] / "optimiser" / "player.py")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as one:
        yield one
        assert one.stdin is not None
        one.stdin.close()


@pytest.fixture
def play(player: subprocess.Popen[str]) -> Play:
    """``play(code, intervention, …)``."""

    def run(code: str, *interventions: Intervention) -> Outcome:
        order = {"snippet": code, "interventions": [one.to_json() for one in interventions], "length": 0}
        assert player.stdin is not None
        assert player.stdout is not None
        player.stdin.write(json.dumps(order) + "\n")
        player.stdin.flush()
        told = json.loads(player.stdout.readline())
        assert not told["error"], told["error"]
        return Outcome(told["text"], tuple(told["applied"]))

    return run
