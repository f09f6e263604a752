"""Run a snippet with interventions installed, in a fork of its own and without the sandbox."""

from __future__ import annotations

import io
import os
import pickle
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from unstuck.experiment.intervention import Intervention


@dataclass(frozen=True)
class Outcome:
    """What a snippet printed, and what its interventions say that they did."""

    printed: str
    told: tuple[dict[str, int], ...]

    @property
    def numbers(self) -> list[float]:
        return [float(word) for word in self.printed.split()]


Play = Callable[..., Outcome]


def _played(code: str, interventions: tuple[Intervention, ...]) -> Outcome:
    import torch

    from unstuck.experiment.stage import Stage, Turn

    torch.set_num_threads(1)
    turn = Turn()
    stages = [Stage(turn) for _ in interventions]
    for one, stage in zip(interventions, stages, strict=True):
        one.install(stage)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "snippet.py", "exec"), {"__name__": "__main__"})
    return Outcome(out.getvalue(), tuple(stage.told for stage in stages))


@pytest.fixture(scope="session")
def _loaded() -> None:
    """Import once what every snippet needs; the first optimiser imports most of it."""
    import torch

    torch.set_num_threads(1)
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1).step()


@pytest.fixture
def play(_loaded: None) -> Play:
    """``play(code, intervention, …)``."""

    def run(code: str, *interventions: Intervention) -> Outcome:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            answer: Any = None
            try:
                answer = _played(code, interventions)
            except BaseException:
                answer = traceback.format_exc()
            with os.fdopen(writing, "wb") as stream:
                pickle.dump(answer, stream)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            answer = pickle.load(stream)
        os.waitpid(child, 0)
        assert isinstance(answer, Outcome), answer
        return answer

    return run
