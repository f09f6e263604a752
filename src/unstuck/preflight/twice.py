"""The script's first steps once more, from its start and the same random states."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.record.events.probe.behaviour import Repeated
from unstuck.record.writer import PartWriter, dump_json, write_whole

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branches

STEPS = 3
SLOWEST = 0.5
"""share of the budget, that a script may take to its first step to be run twice"""
LOSSES_FILE = "losses.json"


def write_losses(directory: Path, losses: Sequence[float], seconds: float) -> None:
    """In a branch: the first losses, and how long it took to them."""
    write_whole(directory / LOSSES_FILE, dump_json({"losses": list(losses[:STEPS]), "seconds": seconds}))


def read_losses(directory: Path) -> tuple[list[float], float]:
    """Of a branch; none where it wrote none."""
    with suppress(OSError, ValueError, KeyError):
        told: dict[str, Any] = json.loads((directory / LOSSES_FILE).read_text(encoding="utf-8"))
        return [float(loss) for loss in told["losses"]], float(told["seconds"])
    return [], 0.0


def write_twice(branches: Branches, losses: Sequence[float], seconds: float, part: Path) -> None:
    """Run the script to its first steps again, and note whether the losses are the same."""
    from unstuck.experiment.branch.branches import Limits

    again = branches.run((), 0, Limits(steps=STEPS, seconds=10.0 + 10 * seconds))
    other, _ = read_losses(again.directory)
    if not other:
        return
    writer = PartWriter(part, {"pid": os.getpid(), "rank": 0})
    try:
        writer.write(compared(losses, other, whole=True), essential=True)
    finally:
        writer.close()


def compared(losses: Sequence[float], again: Sequence[float], *, whole: bool = False) -> Repeated:
    """Where two runs of a few steps part."""
    for at, (one, other) in enumerate(zip(losses, again, strict=False)):
        if one != other and not (one != one and other != other):
            difference = abs(one - other) / max(abs(one), 1e-30)
            return Repeated(steps=len(losses), parted=at, difference=difference, whole=whole)
    return Repeated(steps=len(losses), whole=whole)
