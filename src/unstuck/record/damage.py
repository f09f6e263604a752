"""What is missing from a record that ended as it should: files that were cut, emptied or removed afterwards.

A program that was killed leaves torn ends, and that is no damage.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.record import schema
from unstuck.record.events import End
from unstuck.record.reader import Part, Record
from unstuck.record.schema import Flag, Kind

WHOLE = frozenset({"finished", "exception", "interrupted"})
"""how a program ended that could close its record"""


def damage(record: Record) -> tuple[str, ...]:
    """One sentence for each thing that is missing; none where the record is whole, or its program was killed."""
    if record.manifest.ended not in WHOLE:
        return ()
    folder = record.path / schema.PARTS
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    missing = [f"{path.name}/{schema.PART} is missing" for path in paths if not (path / schema.PART).exists()]
    return tuple(missing + [f"{part.path.name}/{sentence}" for part in record.parts for sentence in _of_part(part)])


def _of_part(part: Part) -> Iterator[str]:
    text = _bytes(part, schema.EVENTS)
    unreadable = text.count(b"\n") + (not text.endswith(b"\n") and bool(text)) - len(part.events)
    if unreadable > 0 or (not text and len(part.timeline)):
        yield f"{schema.EVENTS}: {unreadable if text else 'all'} events cannot be read"
    steps = sum(sum(end.steps.values()) for end in part.of(End))
    kept = len(part.rows(Kind.STEP))
    if kept < steps and not (part.timeline["flags"] & Flag.THINNED).any():
        yield f"{schema.TIMELINE_FILE}: {kept} of {steps} steps can be read"
    read = sum(
        schema.FRAME.size + 4 * frame.values.shape[0] * (1 + frame.values.shape[1]) for frame in part.frames
    )
    if read < len(_bytes(part, schema.LAYERS_FILE)):
        yield f"{schema.LAYERS_FILE}: the summaries of layers cannot be read to the end"


def _bytes(part: Part, name: str) -> bytes:
    path = part.path / name
    return path.read_bytes() if path.exists() else b""
