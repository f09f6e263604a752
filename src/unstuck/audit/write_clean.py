"""Write what the findings advise to drop or to relabel: a list of changes, and cleaned copies of tables in files."""

from __future__ import annotations

import csv
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.data.view import datasets
from unstuck.audit.clean_changes import Action, CleanChange, changes_of
from unstuck.audit.clean_copy import write_copy
from unstuck.audit.shown import label_of
from unstuck.core.errors import UsageError
from unstuck.core.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from unstuck.analysis.data.sample import Sample
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.record.reader import Record

LIST = "changes.csv"


def check_new(folder: Path) -> None:
    """Refuse a folder that is there, and one that cannot be made, before anything is done.

    Raises:
        UsageError: it exists, or its parent does not.
    """
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"--write-clean never overwrites anything, and {folder} exists. Name a new folder.")
    if not folder.absolute().parent.is_dir():
        raise UsageError(f"The folder of {folder} does not exist. Make it first.")


def write_clean(
    record: Record, diagnosis: Diagnosis, folder: Path, read_again: Callable[[], Iterable[Sample]] = tuple
) -> list[str]:
    """Write the changes into a new folder, and a copy of each table with them made; what is to be said of it.

    Args:
        record: of the audit.
        diagnosis: what the rules made of it; only what they found is changed.
        folder: a new one.
        read_again: gives the splits; called where labels are to be changed, for the labels that the data has.

    Raises:
        UsageError: the folder is there already, or cannot be written.
    """
    check_new(folder)
    changes = changes_of(record, diagnosis)
    if any(change.action is Action.RELABEL for change in changes):
        by_split = {sample.split: sample for sample in read_again()}
        changes = tuple(_with_label(change, by_split.get(change.split_id)) for change in changes)
    try:
        folder.mkdir()
        _write_list(folder / LIST, changes)
        said = [f"{count(len(changes), 'change')} listed in {folder / LIST}"]
        said += write_copies(record, changes, folder)
    except OSError as error:
        raise UsageError(f"The cleaned data cannot be written to {folder}: {error.strerror or error}.") from error
    return said


def write_copies(record: Record, changes: Sequence[CleanChange], folder: Path) -> list[str]:
    """A copy of each split that is a table in a file and has changes to make; what is to be said of it."""
    said = []
    for view in datasets(record):
        own = [change for change in changes if change.split_id == view.split.id and change.action is not Action.REVIEW]
        if not own:
            continue
        source = Path(record.manifest.cwd or ".") / view.split.source
        target = folder / f"{view.split.name}{source.suffix.lower()}"
        why = write_copy(view, own, source, target)
        made = f"{target}: {_done(own)}"
        said.append(f"no cleaned copy of {view.split.name}: {why}" if why else made)
    return said


def _done(changes: Sequence[CleanChange]) -> str:
    """What was done in a copy, counted."""
    numbers = {action: len({(one.row, one.column) for one in changes if one.action is action}) for action in Action}
    words = (
        (Action.DROP, "row dropped", "rows dropped"), (Action.RELABEL, "label changed", "labels changed"),
        (Action.BLANK, "column without a value that stands for a missing one",
         "columns without values that stand for missing ones"),
    )  # fmt: skip
    return ", ".join(count(numbers[action], one, many) for action, one, many in words if numbers[action])


def _with_label(change: CleanChange, sample: Sample | None) -> CleanChange:
    """The same with the label that the data has."""
    if change.action is not Action.RELABEL or sample is None or change.row is None:
        return change
    at = int(np.searchsorted(sample.rows, change.row))
    if at >= len(sample) or sample.rows[at] != change.row:
        return change
    return replace(change, before=label_of(sample, at) or "")


def _write_list(path: Path, changes: Iterable[CleanChange]) -> None:
    names = {"before": "from", "after": "to"}
    columns = [field.name for field in fields(CleanChange) if field.name != "split_id"]
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([names.get(name, name) for name in columns])
        for change in changes:
            held = asdict(change)
            writer.writerow(["" if held[name] is None else str(held[name]) for name in columns])
