"""`unstuck evaluate RUN`: the script of a watched run runs again in a branch, and its network is evaluated there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.evaluate.branch_files import FAILURE, FOLDER, GUEST, SETTINGS
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.end import End
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.sandbox.scratch_folder import scratch
from unstuck.record.events.data.passed import ExampleDynamics
from unstuck.record.reader import Record
from unstuck.record.writer import PartWriter
from unstuck.watch.directory import make_directory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.analysis.data.measure import Progress

ENDLESS = 1 << 60
LONGER = 4.0
"""times as long as the run a branch may take, and the evaluation after it"""
SET_UP = 300.0
"""seconds besides"""


def evaluate_run(directory: Path, base: Path, options: Mapping[str, Any], progress: Progress) -> Path:
    """The record of an evaluation of a run's network on the run's held-out data.

    Args:
        directory: of the run's record.
        base: folder of records.
        options: of `unstuck.evaluate`, as JSON has them.
        progress: called with what is being done.

    Raises:
        UsageError: the script cannot be run again, or uses no held-out data.
    """
    record = Record(directory)
    origin = Origin.of(record)
    seconds = LONGER * float(record.manifest.duration or 0.0) + SET_UP
    with scratch() as folder, Branches(origin, folder, 1) as branches:
        progress("starting the interpreter", 0.0)
        branches.ready()
        progress(f"running {origin.what} again", 0.1)
        branches.more = {"guest": GUEST, SETTINGS: dict(options)}
        branch = branches.run((), 0, Limits(steps=ENDLESS, seconds=seconds))
        made = sorted((branch.directory / FOLDER).glob("*/manifest.json"))
        failure = branch.directory / FAILURE
        if branch.ended == End.EXCEPTION:
            raise UsageError(f"{origin.what} raised when it ran again: {branch.why}.")
        if not made:
            why = failure.read_text("utf-8").strip() if failure.exists() else branch.why or "the branch ended early"
            raise UsageError(f"{record.name} cannot be evaluated: {why}.")
        target = make_directory(base, f"{Path(origin.what).stem or 'run'}-evaluated")
        shutil.copytree(made[0].parent, target, dirs_exist_ok=True)
    _add_dynamics(record, target)
    return target


def _add_dynamics(record: Record, target: Path) -> None:
    """What the run's record says of each training example, epoch by epoch."""
    found = [event for part in record.parts for event in part.of(ExampleDynamics)]
    if not found:
        return
    writer = PartWriter(target / "parts" / "training", {"pid": 0, "rank": 0})
    for event in found:
        writer.write(event, essential=True)
    writer.close()
