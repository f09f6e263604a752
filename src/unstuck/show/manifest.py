"""What the manifest tells a reader: what was run, when, where, and how it ended."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import TYPE_CHECKING, Any

from unstuck.core.diagnosis import Ended
from unstuck.core.finding import Place
from unstuck.show.words import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unstuck.core.diagnosis import Diagnosis
    from unstuck.record.reader import Record
    from unstuck.show.source import Sources

ENDED = {
    Ended.EXCEPTION: "the script ended with an exception",
    Ended.INTERRUPTED: "the script was interrupted",
    Ended.KILLED: "the script was killed",
}
_TOLD_ELSEWHERE = {"schema", "argv", "began", "duration", "ended", "child", "failures"}
_LONGEST = 300


def ending(diagnosis: Diagnosis, record: Record, sources: Sources) -> str:
    """A sentence, where the program did not come to its end; else nothing."""
    if diagnosis.ended not in ENDED:
        return ""
    child = record.manifest.get("child") or {}
    what = ENDED[diagnosis.ended]
    if diagnosis.ended is Ended.EXCEPTION and child.get("exception"):
        first = str(child.get("message") or "").strip().split("\n")[0]
        where = sources.where(Place(file=child.get("file"), line=child.get("line")))
        what = f"the script ended with {child['exception']}{f': {first}' if first else ''}"
        what += f" ({where})" if where else ""
    return f"{what}; this is about what happened before"


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
