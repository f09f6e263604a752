"""Read a record: read-only, tolerant of a torn end, strict about a schema that it does not know."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from unstuck.core.errors import RecordError
from unstuck.record import decode, schema
from unstuck.record.events import Event
from unstuck.record.manifest import Manifest
from unstuck.record.schema import Kind

Kinds = TypeVar("Kinds", bound=Event)


def read_json(path: Path) -> dict[str, Any]:
    """One JSON file of a record; a clear error where it is missing or broken."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecordError(
            f"No run record at {path.parent}: it has no {path.name}. Run `unstuck list` to see the records."
        ) from error
    except (OSError, ValueError) as error:
        raise RecordError(f"The record file {path} cannot be read: {error}. Is it damaged?") from error
    if not isinstance(loaded, dict):
        raise RecordError(f"The record file {path} should hold a JSON object, and holds {type(loaded).__name__}.")
    found = loaded.get("schema")
    if isinstance(found, int) and found > schema.SCHEMA_VERSION:
        raise RecordError(
            f"The record {path.parent} has schema {found}; this unstuck reads up to {schema.SCHEMA_VERSION}. "
            "Update unstuck to read it."
        )
    return decode.revive(loaded)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of layer summaries: ``values[row]`` belongs to place ``places[row]``."""

    what: int
    step: int
    seconds: float
    places: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]


class Part:
    """What one process of the run left behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.about = read_json(path / schema.PART)
        self._rows: dict[tuple[Kind, int | None], np.ndarray[Any, Any]] = {}
        self._of: dict[type[Event], tuple[Event, ...]] = {}

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """All events in order of time."""
        path = self.path / schema.EVENTS
        texts = path.read_bytes().split(b"\n") if path.exists() else ()
        return tuple(decode.lines(texts, self.about.get("schema", 1)))

    def of(self, kind: type[Kinds]) -> tuple[Kinds, ...]:
        """The events of one kind."""
        if kind not in self._of:
            self._of[kind] = tuple(event for event in self.events if type(event) is kind)
        return self._of[kind]  # type: ignore[return-value]

    @cached_property
    def timeline(self) -> np.ndarray[Any, Any]:
        """Rows of `schema.TIMELINE_DTYPE`, up to the last completed one."""
        path = self.path / schema.TIMELINE_FILE
        data = path.read_bytes() if path.exists() else b""
        whole = len(data) // schema.ROW.size
        rows = np.frombuffer(data, dtype=schema.TIMELINE_DTYPE, count=whole)
        empty = np.flatnonzero(rows["kind"] == 0)
        return rows[: empty[0]] if len(empty) else rows

    def rows(self, kind: Kind, source: int | None = None) -> np.ndarray[Any, Any]:
        """The rows of one kind (and one source) in order of time; read-only, looked up once."""
        if (kind, source) not in self._rows:
            kinds, sources = self._columns
            chosen = kinds == kind
            if source is not None:
                chosen &= sources == source
            found = self.timeline[chosen]
            found.flags.writeable = False
            self._rows[kind, source] = found
        return self._rows[kind, source]

    @cached_property
    def _columns(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Kind and source of every row, each in one piece: several times as fast to look through."""
        return np.ascontiguousarray(self.timeline["kind"]), np.ascontiguousarray(self.timeline["source"])

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """All whole frames of layer summaries and histograms."""
        path = self.path / schema.LAYERS_FILE
        data = path.read_bytes() if path.exists() else b""
        frames: list[Frame] = []
        at = 0
        while at + schema.FRAME.size <= len(data):
            magic, step, seconds, rows, columns, what = schema.FRAME.unpack_from(data, at)
            end = at + schema.FRAME.size + 4 * rows * (1 + columns)
            if magic != schema.FRAME_MAGIC or end > len(data):
                break
            places = np.frombuffer(data, "<u4", rows, at + schema.FRAME.size)
            values = np.frombuffer(data, "<f4", rows * columns, at + schema.FRAME.size + 4 * rows)
            frames.append(Frame(what, step, seconds, places, values.reshape(rows, columns)))
            at = end
        return tuple(frames)


class Record:
    """A run record, read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: Manifest = decode.manifest(read_json(path / schema.MANIFEST))
        self.facts: dict[Callable[..., Any], Any] = {}
        """what was worked out from it and is asked for again, by the function that does so"""

    @property
    def name(self) -> str:
        """The run's name: that of its directory."""
        return self.path.name

    @property
    def running(self) -> bool:
        """Whether it goes on still: nobody wrote how it ended, and one of its processes lives on this machine."""
        return self.manifest.ended is None and any(_alive(part.about.get("pid")) for part in self.parts)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """One for each process that trained, in order of their beginning; unreadable ones are left out."""
        folder = self.path / schema.PARTS
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
        found = [Part(path) for path in paths if (path / schema.PART).exists()]
        return tuple(sorted(found, key=lambda part: float(part.about.get("began", 0.0))))

    @cached_property
    def main(self) -> Part | None:
        """The part that says most about the training: the one with the most backward calls."""
        return max(self.parts, key=lambda part: len(part.rows(Kind.BACKWARD)), default=None)


def _alive(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)  # signal 0 is sent to nobody: it only asks
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it lives, and is another user's
    return True
