"""One audit, judged from outside: its findings, what could not be measured, and how long each part took."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

import unstuck
from unstuck.record.events.data.splits import NotMeasured


@dataclass
class Found:
    """A finding as the JSON answer has it."""

    code: str
    severity: str
    message: str
    split: str | None
    column: str | None
    evidence: Mapping[str, float]
    rows: tuple[int, ...]
    names: tuple[str, ...]
    count: int | None

    @property
    def alarms(self) -> bool:
        return self.severity in ("warning", "error")


@dataclass
class Audited:
    """What one audit gave."""

    found: list[Found]
    broke: list[str] = field(default_factory=list)
    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    """seconds by the title of each measurement"""


def workers(count: int) -> ProcessPoolExecutor:
    """Processes of one thread each: threads that wait for each other would cost several times the work."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def audited(given: Mapping[str, Any]) -> Audited:
    """Audit it in this process; the record is thrown away. With `UNSTUCK_CSV` set, frames are given as CSV files."""
    folder = tempfile.mkdtemp(prefix="unstuck-audit-")
    if os.environ.get("UNSTUCK_CSV"):
        given = {name: _file(Path(folder) / f"{name}.csv", value) for name, value in given.items()}
    marks: list[tuple[str, float]] = []
    began = time.perf_counter()
    try:
        progress = lambda title, _: marks.append((title, time.perf_counter()))  # noqa: E731
        run = unstuck.audit(**given, dir=Path(folder), progress=progress)
        seconds = time.perf_counter() - began
        answer = json.loads(run.answer().json())
        broke = sorted({
            f"{event.what}: {event.why}" for part in run.record.parts for event in part.of(NotMeasured) if event.broke
        })  # fmt: skip
        broke += [f"{one['code']}: {one['error']}" for one in answer["rules"]["broke"]]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    parts: dict[str, float] = {}
    for (title, start), (_, end) in pairwise(marks):
        part = "reading" if title.startswith("reading") else title
        parts[part] = parts.get(part, 0.0) + end - start
    return Audited([_found(one) for one in answer["findings"]], broke, seconds, parts)


def _file(path: Path, value: Any) -> Any:
    if not isinstance(value, pd.DataFrame):
        return value
    value.to_csv(path, index=False)
    return str(path)


def _found(one: Mapping[str, Any]) -> Found:
    place, examples = one.get("place") or {}, one.get("examples") or {}
    return Found(
        code=one["code"], severity=one["severity"], message=one["message"], split=place.get("split"),
        column=place.get("column"),
        evidence={item["key"]: item["value"] for item in one.get("evidence", ()) if item.get("key")},
        rows=tuple(examples.get("indices") or ()), names=tuple(examples.get("names") or ()),
        count=examples.get("count"),
    )  # fmt: skip
