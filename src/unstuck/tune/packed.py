"""What a worker process is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unstuck.tune.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Packed:
    """All that it needs to open the storage and search."""

    plan: Plan
    storage: str
    study: str
    folder: Path
    seconds: float | None
    """that are left"""
    path: list[str]
    """where modules are looked for"""
    parent: int
    """process that started the worker: without it, the worker begins no trial"""
