"""The overhead of recording, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.words import count, duration, measure, number, share

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDED = ("share", "windows", "windows_seconds", "seconds")


def cost(overhead: Mapping[str, float]) -> str:
    """``1.8 % of the time (0.4 s of 22 s, 12 sampled steps)``; empty where nothing is known."""
    details = []
    if "windows_seconds" in overhead:
        whole = f" of {duration(overhead['seconds'])}" if "seconds" in overhead else ""
        details.append(f"{duration(overhead['windows_seconds'])}{whole}")
    if "windows" in overhead:
        details.append(count(int(overhead["windows"]), "sampled step"))
    details += [_other(name, value) for name, value in overhead.items() if name not in _WORDED]
    inside = ", ".join(details)
    if "share" not in overhead:
        return inside
    return f"{share(overhead['share'])} of the time{f' ({inside})' if inside else ''}"


def _other(name: str, value: float) -> str:
    """Any other quantity by its own name, the last part of which is its unit."""
    base, _, unit = name.rpartition("_")
    if base and unit in ("ms", "bytes"):
        return f"{base.replace('_', ' ')} {measure(value, unit)}"
    return f"{name.replace('_', ' ')} {number(value)}"
