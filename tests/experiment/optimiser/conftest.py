"""Run a snippet with interventions installed, in a process of its own without the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

STEPS = 40
"""length of the branch that the snippets play"""


@pytest.fixture(scope="session")
def player() -> Iterator[subprocess.Popen[str]]:
    """A process that has imported torch and forks for each snippet."""
    command = [sys.executable, str(Path(__file__).with_name("player.py"))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as one:
        yield one
        assert one.stdin is not None
        one.stdin.close()


@pytest.fixture
def play(player: subprocess.Popen[str]) -> Callable[..., SimpleNamespace]:
    """``play(snippet, *interventions)``: what it printed, in words, and what was applied."""

    def play(snippet: str, *interventions: Any, length: int = STEPS) -> SimpleNamespace:
        order = {"snippet": snippet, "interventions": [one.to_json() for one in interventions], "length": length}
        assert player.stdin is not None
        assert player.stdout is not None
        player.stdin.write(json.dumps(order) + "\n")
        player.stdin.flush()
        told = json.loads(player.stdout.readline())
        assert not told["error"], told["error"]
        return SimpleNamespace(printed=told["printed"], applied=told["applied"])

    return play
