"""A view: one subject of a record, with the facts that rules and figures ask of it. Each fact is computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from unstuck.core.subject import Subject
from unstuck.record.reader import Record


class Quantity(NamedTuple):
    """Something that a rule may need: in words, and how to see whether the record has it."""

    words: str
    of: Callable[[Any], object]


@dataclass(frozen=True)
class View:
    """One subject of a record. Subclasses add the facts, and list in ``quantities`` what a rule may need."""

    quantities: ClassVar[Mapping[str, Quantity]] = {}

    record: Record

    @property
    def subject(self) -> Subject:
        """What the findings of a rule on this view are about."""
        raise NotImplementedError

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """What of this the record does not have, in words; what only other views have is not asked for."""
        known = [name for name in needs if name in self.quantities]
        return tuple(self.quantities[name].words for name in known if not self.quantities[name].of(self))

    def broken(self, needs: tuple[str, ...]) -> str:
        """What went wrong when this was measured: a defect of unstuck; "" where nothing did."""
        return ""

    def applies(self, needs: tuple[str, ...]) -> bool:
        """Whether a rule that needs this can be about this subject at all."""
        return True
