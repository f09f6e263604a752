"""A table of facts as text, for every form of an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsTable:
    """A table with a title; every cell is a text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_left_out: int = 0
