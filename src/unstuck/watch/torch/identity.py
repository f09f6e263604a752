"""Numbers for objects that stay theirs: ``id()`` is used again as soon as an object dies."""

from __future__ import annotations

import weakref
from collections.abc import Callable


class Identities:
    """A number for each living object; an object made later never gets a number that was given before."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[object], int]] = {}
        self._next = 1

    def __len__(self) -> int:
        """How many objects are remembered: at most those that live."""
        return len(self._known)

    def known(self, thing: object) -> int | None:
        """The number of this very object, where it has one already."""
        known = self._known.get(id(thing))
        return known[1] if known is not None and known[0]() is thing else None

    def of(self, thing: object) -> int:
        """The number of this very object."""
        number = self.known(thing)
        if number is None:
            number = self._next
            self._next += 1
            self._known[id(thing)] = (weakref.ref(thing, self._forget(id(thing))), number)
        return number

    def _forget(self, key: int) -> Callable[[weakref.ref[object]], None]:
        known = self._known

        def forget(dead: weakref.ref[object]) -> None:
            entry = known.get(key)
            if entry is not None and entry[0] is dead:
                del known[key]

        return forget
