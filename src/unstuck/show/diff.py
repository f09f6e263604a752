"""A unified diff, line by line with what each line is; the lines of its head are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {"+": "added", "-": "removed", "@": "place"}


def lines_of(patch: str) -> Iterator[tuple[str, str]]:
    """Pairs of kind (``added``, ``removed``, ``place``, ``same``) and text."""
    begun = False
    for line in patch.splitlines():
        begun = begun or line.startswith("@@")
        if begun:
            yield KINDS.get(line[:1], "same"), line
