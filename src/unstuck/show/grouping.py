"""Findings of one rule about data, taken together: one entry for twelve skewed columns, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.core.finding import Severity
from unstuck.core.subject import OF_ROWS, SubjectKind
from unstuck.core.words import clean, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.finding import Finding
    from unstuck.show.folding import Cause

COLUMNS = "columns"
"""key of the evidence that says how many columns of the split are concerned, more than have a finding"""
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Group:
    """A cause, and the others of the same rule at other places of the data, in their order."""

    first: Cause
    others: tuple[Cause, ...] = ()

    @property
    def finding(self) -> Finding:
        """The one that stands for all."""
        return self.first.ranked.finding

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, the worst first."""
        return tuple(cause.ranked.finding for cause in (self.first, *self.others))

    @property
    def is_note(self) -> bool:
        """Whether it is worth knowing and no fault."""
        return self.finding.severity is Severity.INFO and self.finding.subject.kind in OF_ROWS

    @property
    def total(self) -> int:
        """How many places are concerned in all, those without a finding of their own included."""
        own: dict[int, int] = {}
        said: dict[int, int] = {}
        for finding in self.findings:
            split = finding.subject.number
            own[split] = own.get(split, 0) + 1
            item = finding.measured(COLUMNS)
            said[split] = max(said.get(split, 0), int(item.value) if item is not None else 0)
        return sum(max(count, said[split]) for split, count in own.items())


def groups(causes: Sequence[Cause]) -> tuple[Group, ...]:
    """The causes by rule and severity, in the order of the first of each; those of a program each alone."""
    together: dict[tuple[object, ...], list[Cause]] = {}
    for at, cause in enumerate(causes):
        finding = cause.ranked.finding
        alone = finding.subject.kind is not SubjectKind.DATASET
        together.setdefault((finding.code, finding.severity, at if alone else None), []).append(cause)
    return tuple(Group(same[0], tuple(same[1:])) for same in together.values())


def also(group: Group) -> str:
    """The other places in words: ```fare` (train), `age` (test) and 3 more``; "" where there are none."""
    several = len({finding.subject for finding in group.findings}) > 1
    names = list(dict.fromkeys(_name(finding, several=several) for finding in group.findings[1:]))
    more = group.total - 1 - len(names[:MOST_NAMED])
    listed = ", ".join(names[:MOST_NAMED])
    return f"{listed} and {number(more)} more" if more > 0 and listed else listed


def _name(finding: Finding, *, several: bool) -> str:
    place, split = finding.place, finding.subject.name or finding.place.split or ""
    inside = place.column or place.label
    if inside is not None:
        return f"`{clean(inside)}`{f' ({clean(split)})' if several and split else ''}"
    return f"row {place.row} of {split}" if place.row is not None else f"split {split}"
