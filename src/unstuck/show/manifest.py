"""What the manifest tells a reader: what was run, when, where, and how it ended."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from unstuck.core.words import duration
from unstuck.record import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unstuck.record.reader import Record

_TOLD_ELSEWHERE = {"schema", "argv", "began", "duration", "ended", "child", "failures"}
_LONGEST = 300


def headline(record: Record) -> str:
    """``train.py --lr 0.1, 3 November 2026 14:05, 42 s``."""
    manifest = record.manifest
    said = [shlex.join(str(word) for word in manifest.get("argv") or [])]
    if manifest.get("began"):
        began = datetime.fromtimestamp(float(manifest["began"])).astimezone()
        said.append(f"{began.day} {began:%B %Y, %H:%M}")
    if manifest.get("duration"):
        said.append(duration(float(manifest["duration"])))
    return " · ".join(filter(None, said))


def environment(record: Record) -> list[tuple[str, str]]:
    """Everything else that the manifest and the process tell, flat, by name."""
    told = {key: value for key, value in record.manifest.items() if key not in _TOLD_ELSEWHERE}
    part = dict(record.main.about) if record.main else {}
    about = {key: value for key, value in part.items() if key not in ("schema", "began")}
    return list(_flat({**told, **({"process": about} if about else {})}, ""))


def _flat(values: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif value not in (None, "", []):
            text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
            yield name, text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def seeds(record: Record) -> str:
    """``0 (train.py:6)``, where a seed was set; empty where none was seen."""
    seeds_set = record.main.of(events.Seed) if record.main else ()
    said = []
    for event in seeds_set:
        place = f" ({PurePath(str(event['file'])).name}:{event.get('line')})" if event.get("file") else ""
        said.append(f"{event['seed'] if event.get('seed') is not None else 'set'}{place}")
    return ", ".join(dict.fromkeys(said))
