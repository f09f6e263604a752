"""Preflight of a script: a branch runs it to its first training steps, probes what it finds there, and ends."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from unstuck.core.errors import UsageError
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.end import End
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.sandbox.scratch_folder import scratch
from unstuck.preflight.produce import PROBES_PART, probe_record
from unstuck.preflight.twice import SLOWEST, read_losses, write_twice
from unstuck.record import schema
from unstuck.run import Run

if TYPE_CHECKING:
    from unstuck.config.load import Overrides
    from unstuck.experiment.branch.branches import Branch
    from unstuck.preflight.measure import Progress
    from unstuck.preflight.settings import PreflightSettings
    from unstuck.watch.target import Target

GUEST = "unstuck.preflight.in_branch"
SETTINGS = "preflight"
TWICE = "twice"
TWICE_PART = "2"
PROGRESS_FILE = "progress.json"
SET_UP = 600.0
"""seconds that a script may take to its first training step, and the probes after it"""
ENDLESS = 1 << 60
LOOK = 0.1
"""seconds between two looks at how far the branch is"""
SAMPLED_SHARE = 0.5
"""of the time of the first steps, for sampled ones: there are few, and each of them counts"""


def preflight_script(
    target: Target, python: str, base: Path, settings: PreflightSettings, progress: Progress,
    overrides: Overrides | None = None,
) -> Run:  # fmt: skip
    """The record of a script's preflight.

    Raises:
        UsageError: it cannot be run in a branch, or makes no training step.
    """
    if target.kind == "stdin":
        raise UsageError("A program from standard input cannot be checked. Give a script, `-m MODULE` or `-c CODE`.")
    began, origin = time.perf_counter(), Origin.of_target(target, python)
    with scratch() as folder, Branches(origin, folder, 1) as branches:
        progress("starting the interpreter", 0.0)
        branches.ready()
        return preflight_in(branches, target, base, settings, progress, overrides, began)


def preflight_in(
    branches: Branches, target: Target, base: Path, settings: PreflightSettings, progress: Progress,
    overrides: Overrides | None = None, began: float | None = None,
) -> Run:  # fmt: skip
    """The same in a process that waits for branches, whose origin is this script."""
    branches.more = {"guest": GUEST, SETTINGS: settings.to_json(), "budget": SAMPLED_SHARE}
    with _Follower(branches.directory, progress):
        branch = branches.run((), 0, Limits(steps=ENDLESS, seconds=SET_UP + settings.budget))
    try:
        parts = branch.directory / schema.PARTS
        _check(branch, parts, target)
        about: dict[str, object] = {
            "argv": [target.what, *target.arguments], "target": target.about, "python": branches.origin.python,
        }  # fmt: skip
        with probe_record(base, target.stem, about, began) as directory:
            shutil.copytree(parts, directory / schema.PARTS, dirs_exist_ok=True)
            _twice(branches, branch, settings, directory / schema.PARTS / TWICE_PART)
    finally:
        shutil.rmtree(branch.directory, ignore_errors=True)
    run = Run(directory, overrides)
    run.answer().keep()
    return run


def _twice(branches: Branches, branch: Branch, settings: PreflightSettings, part: Path) -> None:
    """The script's first steps once more, where they come soon."""
    losses, seconds = read_losses(branch.directory)
    wanted = "repeat" not in settings.skip and (not settings.only or "repeat" in settings.only)
    if wanted and losses and seconds < SLOWEST * settings.budget:
        branches.more = {**branches.more, TWICE: True}
        write_twice(branches, losses, seconds, part)


def _check(branch: Branch, parts: Path, target: Target) -> None:
    if branch.ended == End.REFUSED:
        raise UsageError(f"Nothing could be checked: {branch.why}.")
    failure = branch.directory / "failure.txt"
    if (parts / PROBES_PART).is_dir() and not failure.exists():
        return
    if branch.ended == End.EXCEPTION:
        raise UsageError(f"{target.what} raised before its first training steps were over: {branch.why.rstrip(': ')}.")
    if branch.ended in (End.SECONDS, End.KILLED):
        raise UsageError(
            f"{target.what} made no training step within {branch.seconds:.0f} s. Give it less data for the check."
        )
    told = failure.read_text(encoding="utf-8").strip().splitlines()[-1] if failure.exists() else "it ended"
    raise UsageError(f"The checks could not be made on {target.what}: {told}.")


class _Follower:
    """Reads how far the branch is, and hands it on."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder
        self.progress = progress
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)

    def _follow(self) -> None:
        while not self.stop.wait(LOOK):
            for path in self.folder.glob(f"*/{PROGRESS_FILE}"):
                with suppress(OSError, ValueError, KeyError):
                    told = json.loads(path.read_text(encoding="utf-8"))
                    self.progress(told["what"], float(told["share"]))

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()
