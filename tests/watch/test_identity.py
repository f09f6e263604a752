"""Watching changes nothing: weights, buffers, optimiser state, random state and output are bit for bit the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from unstuck.record import events
from unstuck.testing.warm import Warm

PROGRAMS = sorted(
    path for path in (Path(__file__).parents[1] / "programs" / "identity").glob("*.py") if path.name[0] != "_"
)


@pytest.mark.parametrize("script", PROGRAMS, ids=lambda path: path.stem)
def test_the_same_with_and_without_us(script: Path, warm: Warm, tmp_path: Path) -> None:
    bare = warm.run(script, tmp_path / "bare", watch=False)
    watched = warm.run(script, tmp_path / "watched")
    assert bare.returncode == watched.returncode == 0, watched.stderr
    assert bare.stdout == watched.stdout
    assert bare.stderr == watched.stderr
    main = watched.record.main
    assert main is not None
    assert not [*main.of(events.Failure), *main.of(events.SamplingFailure)]
    assert len(main.timeline) > 0
    assert main.of(events.SampledStep)
