"""A fact: something worked out from a training, computed once and shared by rules and figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing import Any, Protocol

    class HasFacts(Protocol):
        """What keeps facts: a training, a split."""

        @property
        def facts(self) -> dict[Callable[..., Any], Any]: ...


Holder = TypeVar("Holder", bound="HasFacts")
Value = TypeVar("Value")


def fact(compute: Callable[[Holder], Value]) -> Callable[[Holder], Value]:
    """A pure function of one argument, whose value is kept on that argument."""

    @wraps(compute)
    def once(holder: Holder) -> Value:
        if compute not in holder.facts:
            holder.facts[compute] = compute(holder)
        value: Value = holder.facts[compute]
        return value

    return once
