"""What is asked of a preflight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

BUDGET = 15.0
"""seconds for all probes; those that measure and do not train take a small part of it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightSettings:
    """Which probes are made, and what they may cost."""

    only: tuple[str, ...] = ()
    """names of the probes that are made; all if empty"""
    skip: tuple[str, ...] = ()
    budget: float = BUDGET
    """seconds of wall time for the probes"""
    seed: int = 0
    """of what the probes draw"""
    watched: int = 12
    """training steps that are watched, and judged as those of a run are; they are undone before the probes"""
    batches: int = 32
    """training batches that probes see"""
    check_state: bool = False
    """whether it is looked after each probe that nothing has changed; a check on ourselves"""

    def to_json(self) -> dict[str, object]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The same read back."""
        names = {field.name for field in fields(cls)}
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
        }
        return cls(**{name: value for name, value in given.items() if name in names})
