"""A unified diff as the replacements of a SARIF ``fix``: whole lines taken out, whole lines put in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
NO_END = "\\"

Json = dict[str, Any]


@dataclass(slots=True)
class _Change:
    """Lines that follow each other in the old file, and what stands for them in the new one."""

    line: int
    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed_ends: bool = True
    """whether the last line taken out has an end: the last line of a file may have none"""
    added_ends: bool = True

    @property
    def replacement(self) -> Json:
        """Regions of whole lines end at the beginning of the next, or of a line without an end at its own end."""
        after = self.line + len(self.removed)
        end = (after, 1) if self.removed_ends or not self.removed else (after - 1, len(self.removed[-1]) + 1)
        text = "\n".join(self.added) + ("\n" if self.added and self.added_ends else "")
        gone = {"startLine": self.line, "startColumn": 1, "endLine": end[0], "endColumn": end[1]}
        return {"deletedRegion": gone, **({"insertedContent": {"text": text}} if text else {})}


def replacements(patch: str) -> list[Json]:
    """In the order of the lines; a diff of one file."""
    return [change.replacement for change in _changes(patch)]


def _changes(patch: str) -> Iterator[_Change]:
    at, change, last = 0, None, ""
    for line in patch.split("\n"):
        hunk = HUNK.match(line)
        if hunk is not None:
            # A hunk that takes nothing out names the line before it.
            at = int(hunk[1]) + (1 if hunk[2] == "0" else 0)
        elif at and line.startswith(("-", "+")):
            change = change or _Change(at)
            (change.removed if line[0] == "-" else change.added).append(line[1:])
            at += line[0] == "-"
        elif at and line.startswith(NO_END) and change is not None:
            change.removed_ends &= last != "-"
            change.added_ends &= last != "+"
        elif at and line.startswith(" "):
            at += 1
        if change is not None and not line.startswith(("-", "+", NO_END)):
            yield change
            change = None
        last = line[:1]
    if change is not None:
        yield change
