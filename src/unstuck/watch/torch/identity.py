"""Numbers for objects that stay theirs: ``id()`` is used again as soon as an object dies."""

from __future__ import annotations

import weakref


class Identities:
    """A number for each living object; an object made later never gets a number that was given before."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[object], int]] = {}
        self._next = 1

    def of(self, thing: object) -> int:
        """The number of this very object."""
        known = self._known.get(id(thing))
        if known is not None and known[0]() is thing:
            return known[1]
        number = self._next
        self._next += 1
        self._known[id(thing)] = (weakref.ref(thing), number)
        return number
