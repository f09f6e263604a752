"""Older records, brought to today's schema as they are read: one file for each schema version that was left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unstuck.record.upgrade import from_1

Plain = dict[str, Any]
"""an event or a manifest as JSON holds it"""

EVENTS: Mapping[int, Callable[[Plain], Plain]] = {1: from_1.event}
MANIFESTS: Mapping[int, Callable[[Plain], Plain]] = {1: from_1.manifest}


def event(plain: Plain, version: int, current: int) -> Plain:
    """An event of a record with schema ``version``, as schema ``current`` has it."""
    for before in range(version, current):
        plain = EVENTS[before](plain)
    return plain


def manifest(plain: Plain, current: int) -> Plain:
    """A manifest, as schema ``current`` has it."""
    version = plain.get("schema")
    for before in range(version if isinstance(version, int) else 1, current):
        plain = MANIFESTS[before](plain)
    return plain
