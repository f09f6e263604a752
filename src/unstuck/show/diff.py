"""A unified diff for reading: each line with what it is, and no more around the changes than shows where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {"+": "added", "-": "removed", "@": "place"}
AROUND = 1
"""lines that stay around a change; the patch itself has three"""


def lines_of(patch: str) -> Iterator[tuple[str, str]]:
    """Pairs of kind (``added``, ``removed``, ``place``, ``same``) and text; ``place`` is what was left out between."""
    lines = patch.splitlines()
    begins = next((at for at, line in enumerate(lines) if line.startswith("@@")), len(lines))
    body = [(KINDS.get(line[:1], "same"), line) for line in lines[begins:] if not line.startswith("\\")]
    near = {
        other
        for at, (kind, _) in enumerate(body)
        if kind in ("added", "removed")
        for other in range(at - AROUND, at + AROUND + 1)
    }
    before = None
    for at, (kind, line) in enumerate(body):
        if at not in near or kind == "place":
            continue
        if before is not None and at > before + 1:
            yield "place", "…"
        yield kind, line
        before = at
