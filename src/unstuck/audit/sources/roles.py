"""Which columns of a table are targets, groups and times."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from unstuck.audit.settings import AuditSettings
from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError

USUAL_NAMES = ("target", "label", "labels", "class", "y")
"""of a target, in lower case"""
MOST_LISTED = 30


class Roles(NamedTuple):
    """Positions of the columns that are no features."""

    targets: tuple[int, ...]
    group: int | None
    time: int | None
    notes: tuple[str, ...] = ()

    @property
    def taken(self) -> set[int]:
        """All of them."""
        return {*self.targets, *(at for at in (self.group, self.time) if at is not None)}


def roles_of(
    names: Sequence[str], settings: AuditSettings, source: str, *, named: bool, required: bool, apart: bool = False,
    inputs_apart: bool = False, example: str = "",
) -> Roles:  # fmt: skip
    """The roles of columns.

    Args:
        names: of the columns.
        settings: what the user named.
        source: for messages.
        named: the source has names for its columns.
        required: the targets must be there; a test file may lack them.
        apart: the labels are given apart.
        inputs_apart: the columns need not hold inputs.
        example: the first row, for the message.

    Raises:
        UsageError: there is no such column, or it is not clear which is the target.
    """
    notes: list[str] = []
    targets: list[int] = []
    for wanted in () if apart else settings.target:
        at = position(wanted, names)
        if at is None and required:
            raise UsageError(unknown(wanted, names, source, "--target", named=named, example=example))
        if at is not None:
            targets.append(at)
    if not settings.target and settings.task is not Task.NONE and not apart:
        usual = [at for at, name in enumerate(names) if named and name.strip().lower() in USUAL_NAMES]
        if len(usual) == 1 and (len(names) > 1 or inputs_apart):
            targets = usual
            notes.append(f"the target is {names[usual[0]]}, by its name; another can be named with --target")
        elif not named and required:
            raise UsageError(
                f"{source} has no header row, so the target must be named. Got no --target. {listed(names)} "
                f"{example}Say for example --target -1 for the last column, or --task none if there is no target."
            )
        else:
            notes.append("no target was named (--target), so nothing about labels is measured")
    group = _one(settings.group, names, source, "--group", named=named, required=required)
    time = _one(settings.time, names, source, "--time", named=named, required=required)
    chosen = [*targets, *(at for at in (group, time) if at is not None)]
    twice = next((at for at in chosen if chosen.count(at) > 1), None)
    if twice is not None:
        raise UsageError(
            f"The column {names[twice]} of {source} has two roles. --target, --group and --time must differ."
        )
    if required and not inputs_apart and len(chosen) == len(names):
        raise UsageError(f"{source} has no column besides the target. {listed(names)} Nothing is left as input.")
    return Roles(tuple(targets), group, time, tuple(notes))


def _one(
    wanted: str | None, names: Sequence[str], source: str, option: str, *, named: bool, required: bool
) -> int | None:
    if wanted is None:
        return None
    at = position(wanted, names)
    if at is None and required:
        raise UsageError(unknown(wanted, names, source, option, named=named))
    return at


def position(wanted: str, names: Sequence[str]) -> int | None:
    """Where a column stands: by its name, or by its position, from 1, or from the end as -1."""
    if wanted in names:
        return list(names).index(wanted)
    try:
        at = int(wanted)
    except ValueError:
        return None
    if 1 <= at <= len(names):
        return at - 1
    return len(names) + at if -len(names) <= at <= -1 else None


def unknown(wanted: str, names: Sequence[str], source: str, option: str, *, named: bool, example: str = "") -> str:
    """The message about a column that is not there."""
    near = difflib.get_close_matches(wanted, names, 1, 0.5) or [
        name for name in names if name.lower().strip() == wanted.lower().strip()
    ]
    guess = f" Did you mean {near[0]!r}?" if near else ""
    header = "" if named else " It has no header row (--header says that it has one)."
    return f"{source} has no column {wanted!r} ({option}).{guess}{header} {listed(names)} {example}".strip()


def listed(names: Sequence[str]) -> str:
    """The columns of a table in a message."""
    some = ", ".join(name if len(name) <= 40 else name[:39] + "…" for name in names[:MOST_LISTED])
    more = f", … ({len(names)} in all)" if len(names) > MOST_LISTED else ""
    return f"Columns: {some}{more}."


def positions(width: int) -> tuple[str, ...]:
    """Names of columns that have none."""
    return tuple(f"column_{at}" for at in range(1, width + 1))
