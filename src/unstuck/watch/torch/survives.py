"""A failure while measuring ends sampling, not the recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar


class Breakable(Protocol):
    """Who measures, and can give it up."""

    def broke(self, error: Exception) -> None:
        """Measuring failed."""


P = ParamSpec("P")
R = TypeVar("R")
B = TypeVar("B", bound=Breakable)


def survives(method: Callable[Concatenate[B, P], R]) -> Callable[Concatenate[B, P], R | None]:
    """A failure while measuring ends sampling, not the recording."""

    def guarded(self: B, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            self.broke(error)
            return None

    guarded.__doc__ = method.__doc__
    return guarded
