"""A field of characters that lines and marks are drawn into: braille dots, or plain ASCII where need be."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ACROSS, DOWN = 2, 4
"""dots of one braille character"""
_BRAILLE = 0x2800
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
Cell = tuple[str, int]
"""a character and the group of what it belongs to; -1 for what is no curve"""


class Canvas:
    """``columns`` × ``rows`` characters; points are given in shares of width and height, from the lower left."""

    def __init__(self, columns: int, rows: int, *, braille: bool) -> None:
        self.columns, self.rows = columns, rows
        self.braille = braille
        self.dots: dict[tuple[int, int], tuple[int, int]] = {}
        """cell -> bits and group; the first curve in a cell keeps its colour"""
        self.marks: dict[tuple[int, int], Cell] = {}
        self.under: dict[tuple[int, int], str] = {}

    def line(self, points: Sequence[tuple[float, float]], group: int, mark: str) -> None:
        """A line through the points."""
        if not self.braille:
            places = [self._cell(x, y) for x, y in points]
            for place in _joined(places):
                self.marks.setdefault(place, (mark, group))
            return
        wide, high = self.columns * ACROSS - 1, self.rows * DOWN - 1
        dots = [(round(x * wide), round((1 - y) * high)) for x, y in points]
        for across, down in _joined(dots):
            cell = (across // ACROSS, down // DOWN)
            bits, owner = self.dots.get(cell, (0, group))
            self.dots[cell] = bits | _BITS[down % DOWN][across % ACROSS], owner

    def mark(self, x: float, y: float, character: str, group: int = -1) -> None:
        """One character, over everything else."""
        self.marks[self._cell(x, y)] = (character, group)

    def level(self, y: float, character: str) -> None:
        """A horizontal line, under everything else."""
        row = self._cell(0, y)[1]
        self.under.update({(column, row): character for column in range(self.columns)})

    def lines(self) -> Iterator[list[Cell]]:
        """The rows from top to bottom."""
        for row in range(self.rows):
            yield [self._at((column, row)) for column in range(self.columns)]

    def _at(self, place: tuple[int, int]) -> Cell:
        if place in self.marks:
            return self.marks[place]
        if place in self.dots:
            bits, group = self.dots[place]
            return chr(_BRAILLE + bits), group
        return self.under.get(place, " "), -1

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        return round(x * (self.columns - 1)), round((1 - y) * (self.rows - 1))


def _joined(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Every place on the straight lines from one to the next."""
    yield from places[:1]
    for (x0, y0), (x1, y1) in pairwise(places):
        steps = max(abs(x1 - x0), abs(y1 - y0))
        for at in range(1, steps + 1):
            yield x0 + round((x1 - x0) * at / steps), y0 + round((y1 - y0) * at / steps)
