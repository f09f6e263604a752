"""Numbers of rows as a short text: ``3,7-9``. So they travel in a setting, and on a command line."""

from __future__ import annotations

from collections.abc import Iterable

from unstuck.core.errors import UsageError


def in_words(rows: Iterable[int]) -> str:
    """``3,7-9`` of 7, 8, 9, 3."""
    parts: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if parts and parts[-1][1] == row - 1:
            parts[-1] = parts[-1][0], row
        else:
            parts.append((row, row))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def from_words(text: str) -> tuple[int, ...]:
    """The numbers, ascending.

    Raises:
        UsageError: the text is something else.
    """
    found: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise UsageError(f"rows are given as 3,7-9, and not as {text[:60]!r}.")
        found.update(range(int(first), int(last if dash else first) + 1))
    return tuple(sorted(found))
