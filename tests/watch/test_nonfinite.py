"""The first loss that is not a number: at which step, from which operation, layer, line and batch."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from unstuck.record import events
from unstuck.record.reader import Part
from unstuck.record.schema import Kind
from unstuck.testing.warm import Warm

PROGRAM = Path(__file__).parents[1] / "programs" / "truth" / "nan_at.py"
LINE_OF_LOG = 1 + next(at for at, line in enumerate(PROGRAM.read_text().splitlines()) if line.endswith("# LOG"))


def run(warm: Warm, folder: Path, kind: str, step: int, workers: int = 0) -> tuple[events.Nonfinite, list[int], Part]:
    """The event, the examples of the bad batch, the record."""
    ran = warm.run(PROGRAM, folder, arguments=[kind, str(workers), str(step)])
    assert ran.returncode == 0, ran.stderr
    main = ran.record.main
    assert main is not None
    assert not [*main.of(events.Failure), *main.of(events.SamplingFailure)]
    losses = main.rows(Kind.BACKWARD)["value"]
    assert not math.isfinite(losses[step])
    assert all(map(math.isfinite, losses[:step]))
    (event,) = main.of(events.Nonfinite)
    assert event.step == step
    return event, [int(word) for word in ran.stdout.split()[1:]], main


@pytest.mark.parametrize(("step", "workers"), [(0, 0), (17, 0), (17, 2)])
def test_an_operation(step: int, workers: int, warm: Warm, tmp_path: Path) -> None:
    event, batch, _ = run(warm, tmp_path, "op", step, workers)
    assert event.op == "log"
    assert (Path(event.file or "").name, event.line) == ("nan_at.py", LINE_OF_LOG)
    assert event.weights == ()
    assert (event.inputs_nonfinite, event.target_nonfinite) == (0, 0)
    assert event.batch == tuple(batch)
    assert 0 < event.count <= event.of == 80


def test_the_data(warm: Warm, tmp_path: Path) -> None:
    event, batch, _ = run(warm, tmp_path, "data", 17)
    assert event.inputs_nonfinite == 1
    assert event.weights == ()
    assert event.batch == tuple(batch)
    assert event.layer == "enter"


def test_a_weight(warm: Warm, tmp_path: Path) -> None:
    event, batch, _ = run(warm, tmp_path, "weight", 1)
    assert event.weights == ("middle.weight",)
    assert event.inputs_nonfinite == 0
    assert event.batch == tuple(batch)
