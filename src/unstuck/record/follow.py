"""Follow a record that grows: what was appended since the last look, without reading it all again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from unstuck.record import schema
from unstuck.record.schema import ROW

MOST_ROWS = 1 << 16
"""timeline rows read at one look, so that a look stays cheap"""


class Row(NamedTuple):
    """One row of the timeline; see `schema.Kind` for what ``value`` and ``source`` mean."""

    time: float
    value: float
    step: int
    source: int
    kind: int
    flags: int


class PartFollower:
    """Follows one part of a record."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._rows = 0
        self._inode = 0
        self._index = 0
        self._known = 0

    def lines(self) -> list[bytes]:
        """The whole lines of the event file that were appended since the last look."""
        with suppress(OSError), (self.path / schema.EVENTS).open("rb") as file:
            file.seek(self._offset)
            whole, newline, _ = file.read().rpartition(b"\n")
            self._offset += len(whole) + len(newline)
            return whole.split(b"\n") if newline else []
        return []

    def rows(self) -> Iterator[Row]:
        """The timeline rows that were appended since the last look.

        Where the recorder has thinned the timeline meanwhile, rows of steps that were seen before are left out.
        """
        with suppress(OSError):
            yield from self._new_rows()

    def _new_rows(self) -> Iterator[Row]:
        with (self.path / schema.TIMELINE_FILE).open("rb") as file:
            inode = os.fstat(file.fileno()).st_ino
            if inode != self._inode:  # a new file, or the same one thinned: its rows moved
                self._inode, self._rows, self._known = inode, 0, self._index
            file.seek(self._rows * ROW.size)
            data = file.read(MOST_ROWS * ROW.size)
        for row in map(Row._make, ROW.iter_unpack(data[: len(data) // ROW.size * ROW.size])):
            if row.kind == 0:
                return  # not written yet
            self._rows += 1
            if row.step < self._known:
                continue
            self._index = max(self._index, row.step)
            yield row


class RecordFollower:
    """Follows a record: parts appear as processes begin to train."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parts: dict[Path, PartFollower] = {}

    @property
    def parts(self) -> dict[Path, PartFollower]:
        """The parts that there are by now."""
        for path in sorted((self.path / schema.PARTS).glob(f"*/{schema.PART}")):
            self._parts.setdefault(path.parent, PartFollower(path.parent))
        return self._parts

    @property
    def ended(self) -> bool:
        """Whether the manifest says how the run ended."""
        with suppress(OSError, ValueError):
            return "ended" in json.loads((self.path / schema.MANIFEST).read_text(encoding="utf-8"))
        return False
