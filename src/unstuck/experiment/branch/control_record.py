"""A record for a script that was not watched: that of its first branch, confined, with nothing changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.end import End
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.sandbox.scratch_folder import scratch
from unstuck.record import schema
from unstuck.record.writer import dump_json, write_whole
from unstuck.watch.directory import make_directory

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branch
    from unstuck.watch.target import Target

SHARE = 0.2
"""of the budget for the first branch: controls and treatments follow that are as long"""
ENDLESS = 1 << 60


def first_record(target: Target, python: str, base: Path, budget: float) -> Path:
    """Run a script as a branch without changes, as long as a part of the budget allows, and keep its record.

    Raises:
        UsageError: it cannot be run as a branch, or trains nothing.
    """
    if target.kind == "stdin":
        raise UsageError("A program from standard input cannot be run twice. Give a script, `-m MODULE` or `-c CODE`.")
    origin = Origin.of_target(target, python)
    with scratch() as folder, Branches(origin, folder, 1) as branches:
        branches.ready()
        branch = branches.run((), 0, Limits(steps=ENDLESS, seconds=SHARE * budget))
        if branch.ended == End.REFUSED:
            raise UsageError(f"Nothing could be tried: {branch.why}.")
        if branch.record.main is None:
            end = f"It ended with {branch.why}." if branch.ended == End.EXCEPTION else "It was not seen to train."
            raise UsageError(
                f"{target.what} trained nothing within {branch.seconds:.0f} s, so there is nothing to try. {end}"
            )
        about: dict[str, object] = {"argv": [target.what, *target.arguments], "target": target.about, "python": python}
        return keep_as_run(branch, about, make_directory(base, target.stem))


def keep_as_run(branch: Branch, about: dict[str, object], path: Path) -> Path:
    """Make a run's record of that of a branch."""
    manifest = json.loads((branch.directory / schema.MANIFEST).read_text(encoding="utf-8"))
    whole = branch.ended == End.FINISHED
    manifest |= {
        **about, "duration": round(branch.seconds, 3), "branch": branch.ended,
        "ended": branch.ended if branch.ended == End.EXCEPTION else "finished" if whole else "interrupted",
    }  # fmt: skip
    shutil.copytree(branch.directory / schema.PARTS, path / schema.PARTS)
    write_whole(path / schema.MANIFEST, dump_json(manifest) + "\n")
    return path
