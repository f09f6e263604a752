"""The same on an accelerator: nothing changes, every loss arrives, the first NaN is found."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from unstuck.record import events
from unstuck.record.schema import Flag, Kind
from unstuck.testing.warm import Warm

PROGRAMS = sorted((Path(__file__).parents[1] / "programs" / "gpu").glob("*.py"))
torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")


@pytest.mark.parametrize("script", PROGRAMS, ids=lambda path: path.stem)
def test_the_same_with_and_without_us(script: Path, warm: Warm, tmp_path: Path) -> None:
    check(script, warm, tmp_path)


def check(script: Path, warm: Warm, folder: Path) -> None:
    """Bit-identical output, all steps recorded, no loss left pending."""
    bare = warm.run(script, folder / "bare", watch=False)
    watched = warm.run(script, folder / "watched")
    assert watched.returncode == bare.returncode == 0, watched.stderr
    assert watched.stdout == bare.stdout
    main = watched.record.main
    assert main is not None
    assert not [*main.of(events.Failure), *main.of(events.SamplingFailure)]
    rows = main.rows(Kind.BACKWARD)
    assert f"# steps: {len(rows)}" in script.read_text(encoding="utf-8")
    assert not (rows["flags"] & Flag.PENDING).any()
    if script.stem == "nan_at_40":
        assert next(at for at, value in enumerate(rows["value"]) if math.isnan(value)) == 40
        assert main.of(events.Nonfinite)
    else:
        assert 0 < rows["value"][-1] < rows["value"][0] < 3
