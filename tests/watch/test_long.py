"""A long run keeps a small record that still shows beginning, end and turning points."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.record import events
from unstuck.record.schema import Kind
from unstuck.record.writer import PartWriter
from unstuck.testing.warm import Warm

PROGRAM = Path(__file__).parents[1] / "programs" / "truth" / "long_raw.py"


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def check(warm: Warm, folder: Path, steps: int) -> None:
    ran = warm.run(PROGRAM, folder, arguments=[str(steps)], limit=1500)
    assert ran.returncode == 0, ran.stderr
    main = ran.record.main
    assert main is not None
    assert not [*main.of(events.Failure), *main.of(events.SamplingFailure), *main.of(events.Note)]
    assert size(folder) <= 100e6
    (training,) = trainings(ran.record)
    (series,) = training.losses
    at = dict(zip(series.index.tolist(), series.value.tolist(), strict=True))
    assert at[0] == pytest.approx(2.5**2 + 9)
    assert at[steps - 1] == float(ran.stdout.split()[1])
    assert math.isnan(at[steps // 5])
    assert at[steps // 2] >= 1e6
    assert at[steps // 3] > 1000 > at[steps // 3 - 1]
    (event,) = main.of(events.Nonfinite)
    assert event.step == steps // 5
    # Windows: first ones, last ones, and none too far from the next.
    windows = np.array([event.step for event in training.sampled_steps])
    assert windows[:3].tolist() == [0, 1, 2]
    assert len(windows) < 700
    (weights,) = training.tracked("weight")
    assert len(weights.step) == len(windows)


def test_twenty_thousand_steps(warm: Warm, tmp_path: Path) -> None:
    check(warm, tmp_path, 20_000)
    assert size(tmp_path) < 5e6


@pytest.mark.slow
def test_two_hundred_thousand_steps(warm: Warm, tmp_path: Path) -> None:
    check(warm, tmp_path, 200_000)


@pytest.mark.slow
def test_a_million_steps_of_a_large_network(tmp_path: Path) -> None:
    """A record fed by hand as a run of 10⁶ steps with 1,200 places would: every file at its bound, none beyond."""
    writer = PartWriter(tmp_path / "part", {})
    steps, places = 1_000_000, list(range(1200))
    row = [0.5] * 12 * len(places)
    due = 0
    for step in range(steps):
        writer.timeline.append(Kind.BACKWARD, step, math.exp(-step / 2e5), step, 0)
        writer.timeline.append(Kind.STEP, step, 1e-3, step, 0)
        writer.timeline.append(Kind.CLIP, step, 2.0, step, 0)
        if step == due:
            row[0] = float(step)
            writer.frame(1, step, places, row, 12)
            writer.write(events.SampledStep(step=step, optimizers={0: events.GradientFacts(norm=1.0)}))
            writer.write(events.LossCall(step=step, example_losses=(0.12345,) * 256, indices=tuple(range(256))))
            due += max(1, step // 48)
    writer.write(events.End(step=steps), essential=True)
    writer.close()
    assert size(tmp_path) <= 100e6
    from unstuck.record.reader import Part

    part = Part(tmp_path / "part")
    assert part.of(events.End)
    rows = part.rows(Kind.BACKWARD)
    assert rows["index"][[0, -1]].tolist() == [0, steps - 1]
    grid = np.linspace(0, steps - 1, 5001)
    assert np.abs(np.interp(grid, rows["index"], rows["value"]) - np.exp(-grid / 2e5)).max() < 1e-3
    taken = np.array([frame.step for frame in part.frames])
    assert taken[:3].tolist() == [0, 1, 2]
    assert taken[-1] > steps * (1 - 1 / 40)
    assert (np.diff(taken) / (1 + taken[1:])).max() <= 0.5
    assert np.diff(taken[taken > 1000]).max() < steps / 10
    assert all(frame.values[0, 0] == frame.step for frame in part.frames)


