"""A table of facts as text, for every form of an answer."""

from __future__ import annotations

from dataclasses import dataclass

BEGINS_NUMBER = "0123456789+−-–±<>∞"
NUMBER_IN_WORDS = ("NaN", "nothing", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsTable:
    """A table with a title; every cell is a text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_left_out: int = 0
    """rows that are in the record only"""
    row_noun: str = "column"
    """what a row is about"""

    def is_of_numbers(self, at: int) -> bool:
        """Whether most cells of a column begin as numbers do, so that they stand at its right."""
        cells = [row[at] for row in self.rows if at < len(row) and row[at]]
        return 2 * sum(cell[0] in BEGINS_NUMBER or cell in NUMBER_IN_WORDS for cell in cells) > len(cells)
