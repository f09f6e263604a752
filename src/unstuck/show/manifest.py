"""The manifest for a reader: what was run, when, where, and how it ended."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from unstuck.core.words import duration
from unstuck.record.events import Seed
from unstuck.record.manifest import RecordKind
from unstuck.record.writer import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.record.reader import Record

_SHOWN_ELSEWHERE = {"schema", "kind", "argv", "began", "duration", "ended", "child", "failures", "others"}
_LONGEST = 300


def headline(record: Record) -> str:
    """``train.py --lr 0.1, 3 November 2026 14:05, 42 s``."""
    manifest = record.manifest
    words = list(manifest.argv)
    if words and manifest.kind in (RecordKind.DATA, RecordKind.MODEL, RecordKind.STUDY):
        words[0] = PurePath(words[0]).name  # our own command, wherever it is installed
    parts = [shlex.join(words)]
    if manifest.began:
        began = datetime.fromtimestamp(manifest.began).astimezone()
        parts.append(f"{began.day} {began:%B %Y, %H:%M}")
    if manifest.duration:
        parts.append(duration(manifest.duration))
    return " · ".join(filter(None, parts))


def environment(record: Record) -> list[tuple[str, str]]:
    """Everything else in the manifest and about the process, flat, by name."""
    manifest = record.manifest
    known = {field.name: plain(getattr(manifest, field.name)) for field in fields(manifest)
             if field.name not in _SHOWN_ELSEWHERE}  # fmt: skip
    about = dict(record.main.about) if record.main else {}
    process = {key: value for key, value in about.items() if key not in ("schema", "began")}
    return list(_flat({**known, **manifest.others, **({"process": process} if process else {})}, ""))


def _flat(values: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif value not in (None, "", [], ()):
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            yield name, text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def seeds(record: Record) -> str:
    """``0 (train.py:6)``, where a seed was set; empty where none was seen."""
    listed = []
    for seed in record.main.of(Seed) if record.main else ():
        place = f" ({PurePath(seed.file).name}:{seed.line})" if seed.file else ""
        listed.append(f"{seed.seed if seed.seed is not None else 'set'}{place}")
    return ", ".join(dict.fromkeys(listed))
