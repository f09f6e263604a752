"""What changed between two audits, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from unstuck.core.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    class Changed(Protocol):
        """A difference in words."""

        @property
        def what(self) -> str: ...
        @property
        def split(self) -> str: ...
        @property
        def text(self) -> str: ...


def changes_in_words(changes: Sequence[Changed], since: str) -> str:
    """One line each, under the name of what is compared with."""
    return "".join(f"{line}\n" for line in _lines(changes, since))


def _lines(changes: Sequence[Changed], since: str) -> Iterator[str]:
    if not changes:
        yield f"compared with {since}: nothing changed"
        return
    yield f"compared with {since}:"
    for change in changes:
        of = f"{change.split}: " if change.split else ""
        yield f"  {change.what:<9} {clean(of + change.text)}"
