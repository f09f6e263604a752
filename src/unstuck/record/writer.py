"""Append to a run record from inside the user's process; every completed row survives ``kill -9``.

Standard library only. Nothing here flushes to disk: what the process has written lies in the page cache,
which outlives the process.
"""

from __future__ import annotations

import heapq
import json
import math
import mmap
import os
import struct
import time
from array import array
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.record import schema
from unstuck.record.schema import ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.record.events import Event

CHUNK_ROWS = 1 << 14
MAX_INDEX = 0xFFFFFFFF
MAX_TIMELINE_ROWS = 1 << 21
MAX_EVENT_BYTES = 18 << 20
"""beyond it only essential events are written"""
MAX_ESSENTIAL_BYTES = 22 << 20
"""beyond it only those that come once or a few times: of a search of 100,000 trainings the first ones are kept"""
MAX_FRAME_BYTES = 20 << 20
"""beyond it half of the frames are left out; together with the timeline below 100 MB"""
LAST_WORDS = frozenset({"end", "failure", "sampling_failure", "note", "nonfinite"})


def finite_json(value: object) -> object:
    """The same value with non-finite floats as the strings "NaN", "Infinity" and "-Infinity"."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {str(key): finite_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_json(item) for item in value]
    return value


def plain(value: Any) -> Any:
    """A dataclass as a dictionary, at every depth; what a reader would put in by itself is left out."""
    if is_dataclass(value):
        held = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: plain(item) for field, item in held
            if item != field.default and (field.default_factory is MISSING or item)
        }  # fmt: skip
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def dump_json(value: object) -> str:
    """JSON text of one line; what JSON cannot say is said by its ``repr``."""
    return json.dumps(finite_json(value), default=repr, separators=(",", ":"), allow_nan=False)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


class Timeline:
    """Fixed rows in a memory-mapped file that grows by chunks and is thinned when it is full."""

    def __init__(self, path: Path, max_rows: int = MAX_TIMELINE_ROWS) -> None:
        self.path = path
        self.max_rows = max_rows
        self.rows = 0
        self.dropped = 0
        self.capacity = 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._map: mmap.mmap
        self._grow()
        self._thinned = 0

    def append(
        self, kind: int, seconds: float, value: float, index: int, source: int, flags: int = 0
    ) -> None:
        """Write one row; the hot path of every training step."""
        if self.rows == self.capacity:
            self._make_room()
        at = self.rows * ROW.size
        try:
            ROW.pack_into(self._map, at, seconds, value, index, source, kind, flags | self._thinned)
        except struct.error:  # more series than have a number of their own
            source = min(source, schema.NO_SOURCE)
            ROW.pack_into(self._map, at, seconds, value, min(index, MAX_INDEX), source, kind, flags | self._thinned)
        self._thinned = 0
        self.rows += 1

    @property
    def rows_ever(self) -> int:
        """The number of the next row, were none ever thinned out; for `settle`."""
        return self.dropped + self.rows

    def settle(self, number: int, value: float) -> None:
        """Give a pending row its value; one that was thinned out meanwhile is let go."""
        row = number - self.dropped
        if not 0 <= row < self.rows:
            return
        seconds, _, index, source, kind, flags = ROW.unpack_from(self._map, row * ROW.size)
        if flags & schema.Flag.PENDING:
            settled = flags & ~schema.Flag.PENDING
            ROW.pack_into(self._map, row * ROW.size, seconds, value, index, source, kind, settled)

    def _make_room(self) -> None:
        if self.capacity < self.max_rows:
            self._grow()
        else:
            self._thin()

    def _grow(self) -> None:
        capacity = min(max(CHUNK_ROWS, 2 * self.capacity), self.max_rows)
        size = capacity * ROW.size
        # Reserve the blocks, so that a full disk is an error here and not a bus error at a later row.
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._file, 0, size)
        else:
            os.ftruncate(self._file, size)
        if self.capacity:
            self._map.close()
        self._map = mmap.mmap(self._file, size)
        self.capacity = capacity

    def _thin(self) -> None:
        """Halve the middle of the timeline, keeping beginning, end and the extremes between (turning points)."""
        import numpy as np

        rows = np.frombuffer(self._map, dtype=schema.TIMELINE_DTYPE, count=self.rows).copy()
        keep = thinned(rows, self.rows // 2)
        kept = rows[keep]
        kept["flags"][1:] |= np.where(np.diff(keep) > 1, schema.Flag.THINNED, 0).astype(np.uint8)
        scratch = self.path.with_suffix(".thin")
        scratch.write_bytes(kept.tobytes())
        self._map.close()
        os.close(self._file)
        self._file = os.open(scratch, os.O_RDWR | os.O_CLOEXEC)
        scratch.replace(self.path)
        self.dropped += self.rows - len(kept)
        self.rows = len(kept)
        size = self.max_rows * ROW.size
        os.ftruncate(self._file, size)
        self._map = mmap.mmap(self._file, size)
        self.capacity = self.max_rows

    def close(self) -> None:
        """Cut the file to what was written."""
        if self._file < 0:
            return
        self._map.close()
        os.ftruncate(self._file, self.rows * ROW.size)
        os.close(self._file)
        self._file = -1

    def abandon(self) -> None:
        """Let go without touching the file: it belongs to the process that was forked from."""
        if self._file >= 0:
            self._map.close()
            os.close(self._file)
            self._file = -1


def thinned(rows: Any, target: int) -> Any:
    """Positions of at most about ``target`` rows to keep, in order: first and last eighths, and extremes between.

    The middle is cut, for each (kind, source), into buckets of equally many backward calls, so that what was
    thinned before is not thinned again and again. Of each the rows with the lowest and the highest value stay,
    and the first and the last that is not a number.
    """
    import numpy as np

    edge = target // 8
    room = max(2, target - 2 * edge)
    middle = np.arange(edge, len(rows) - edge)
    keys = rows["kind"][middle].astype(np.int64) << 16 | rows["source"][middle]
    order = np.argsort(keys, kind="stable")
    ordered, keys = middle[order], keys[order]
    index = rows["index"][ordered].astype(np.int64)
    index -= index.min(initial=index[0] if len(index) else 0)
    width = max(1, 2 * (int(index.max(initial=0)) + 1) // room)
    if 2 * len(_starts(keys, index // width)) < room // 4:
        # Nearly all rows are of the same few backward calls: count rows instead.
        starts = _starts(keys, keys)
        index = np.arange(len(keys)) - np.repeat(starts, np.diff(np.append(starts, len(keys))))
        width = max(1, 2 * len(keys) // room)
    starts = _starts(keys, index // width)
    while np.minimum(np.diff(np.append(starts, len(keys))), 2).sum() > room and width <= index.max(initial=0):
        width *= 2
        starts = _starts(keys, index // width)
    sizes = np.diff(np.append(starts, len(keys)))
    bucket = np.repeat(np.arange(len(starts)), sizes)
    values = rows["value"][ordered]
    finite = np.isfinite(values)
    by_value = np.lexsort((np.where(finite, values, np.inf), bucket))  # in one bucket: rising, then not numbers
    bad = np.add.reduceat(~finite, starts, dtype=np.int64) if len(starts) else sizes
    last = starts + sizes - 1
    highest, first_bad = last - bad, last - bad + 1
    places = np.concatenate([starts, last, highest[highest >= starts], first_bad[first_bad <= last]])
    edges = np.r_[np.arange(edge), np.arange(len(rows) - edge, len(rows))]
    return np.union1d(ordered[by_value[places]], edges)


def _starts(*columns: Any) -> Any:
    """Where any of the columns changes."""
    import numpy as np

    changed = np.zeros(len(columns[0]), dtype=bool)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changed)


def spread(steps: Sequence[int], target: int) -> list[int]:
    """Positions of ``target`` steps to keep; those go first that lie nearest to their neighbours for their age."""
    ends = 3
    after = {at: at + 1 for at in range(len(steps))}
    before = {at: at - 1 for at in range(len(steps))}
    left = len(steps)

    def cost(at: int) -> float:
        return (steps[after[at]] - steps[before[at]]) / (1.0 + steps[at] - steps[0])

    heap = [(cost(at), at) for at in range(ends, len(steps) - ends)]
    heapq.heapify(heap)
    gone: set[int] = set()
    while left > target and heap:
        known, at = heapq.heappop(heap)
        if at in gone or known < (now := cost(at)):
            if at not in gone:
                heapq.heappush(heap, (now, at))
            continue
        gone.add(at)
        left -= 1
        after[before[at]], before[after[at]] = after[at], before[at]
    return [at for at in range(len(steps)) if at not in gone]


class PartWriter:
    """One process's part of a run record."""

    def __init__(self, directory: Path, about: dict[str, object]) -> None:
        directory.mkdir(parents=True, exist_ok=False)
        self.directory = directory
        self.began = time.perf_counter()
        self.event_bytes = 0
        self.frame_bytes = 0
        self.dropped_events = 0
        write_whole(
            directory / schema.PART,
            dump_json({"schema": schema.SCHEMA_VERSION, "kind": "run", "began": time.time(), **about}),
        )
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._events = os.open(directory / schema.EVENTS, append, 0o644)
        self._frames = os.open(directory / schema.LAYERS_FILE, append, 0o644)
        self.timeline = Timeline(directory / schema.TIMELINE_FILE)

    def seconds(self) -> float:
        """Time since this part began."""
        return time.perf_counter() - self.began

    def write(self, event: Event, *, essential: bool = False) -> None:
        """Append one event; when the byte budget is spent, only essential ones are still written."""
        if self.event_bytes > MAX_EVENT_BYTES and (
            not essential or (self.event_bytes > MAX_ESSENTIAL_BYTES and event.kind not in LAST_WORDS)
        ):
            self.dropped_events += 1
            return
        line = dump_json({"kind": event.kind, **plain(event), "time": round(self.seconds(), 6)}) + "\n"
        self.event_bytes += _write_all(self._events, line.encode())

    def frame(
        self, what: int, step: int, places: Sequence[int], values: Sequence[float] | bytes, columns: int
    ) -> None:
        """Append one frame of layer summaries: ``len(places)`` rows of ``columns`` float32 each."""
        body = values if isinstance(values, bytes) else array("f", values).tobytes()
        head = schema.FRAME.pack(
            schema.FRAME_MAGIC, step, self.seconds(), len(places), columns, what
        )
        self.frame_bytes += _write_all(self._frames, head + array("I", places).tobytes() + body)
        if self.frame_bytes > MAX_FRAME_BYTES:
            self._thin_frames()

    def _thin_frames(self) -> None:
        """Leave out about half of the frames, the same steps of every kind, evenly for their age."""
        path = self.directory / schema.LAYERS_FILE
        data = path.read_bytes()
        found: list[tuple[int, bytes]] = []
        at = 0
        while at < len(data):
            _, step, _, rows, columns, _ = schema.FRAME.unpack_from(data, at)
            size = schema.FRAME.size + 4 * rows * (1 + columns)
            found.append((step, data[at : at + size]))
            at += size
        steps = sorted({step for step, _ in found})
        kept = {steps[place] for place in spread(steps, len(steps) // 2)}
        text = b"".join(frame for step, frame in found if step in kept)
        scratch = path.with_suffix(".thin")
        scratch.write_bytes(text)
        os.close(self._frames)
        self._frames = os.open(scratch, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        scratch.replace(path)
        self.frame_bytes = len(text)

    def file(self, name: str, text: str) -> None:
        """Write one whole file beside the others."""
        write_whole(self.directory / name, text)

    def close(self) -> None:
        """Cut the timeline to its length and close every descriptor."""
        self.timeline.close()
        self._close_descriptors()

    def abandon(self) -> None:
        """After a fork, in the child: let go of the parent's files without touching them."""
        self.timeline.abandon()
        self._close_descriptors()

    def _close_descriptors(self) -> None:
        for descriptor in (self._events, self._frames):
            if descriptor >= 0:
                os.close(descriptor)
        self._events = self._frames = -1


def _write_all(descriptor: int, data: bytes) -> int:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])
    return written
