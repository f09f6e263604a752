"""What watching cost, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.show.words import bytes_of, duration, measure, number, share

if TYPE_CHECKING:
    from collections.abc import Mapping


def cost(overhead: Mapping[str, float]) -> str:
    """``1.8 % of the time, 0.4 s, 2.1 MB on disk``; empty where nothing is known."""
    return ", ".join(_one(name, value) for name, value in overhead.items())


def _one(name: str, value: float) -> str:
    base, _, unit = name.rpartition("_")
    words = base.replace("_", " ")
    if name in ("share", "fraction") or unit in ("share", "fraction", "frac"):
        return f"{share(value)} of the time{' ' + words if words else ''}"
    if name == "seconds" or unit == "seconds":
        return f"{duration(value)}{' ' + words if words else ''}"
    if name == "bytes" or unit == "bytes":
        return f"{bytes_of(value)} {words or 'on disk'}"
    if unit == "ms":
        return f"{measure(value, 'ms')} {words}"
    return f"{name.replace('_', ' ')} {number(value)}"
