"""Examples to look at as values: images, rows or texts with what is known of each; drawn by the page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One example."""

    caption: str
    """which one: its path, or its position and split"""
    label: str = ""
    """as the data has it"""
    note: str = ""
    """what is said of it: the label that a model gives, what is wrong with its file"""
    image: str = ""
    """PNG in base64"""
    cells: tuple[tuple[str, str], ...] = ()
    """(column, value) of a row"""
    text: str = ""
    marked: tuple[str, ...] = ()
    """columns whose values are meant"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Tiles; those of one group belong together, such as an example and its copy."""

    title: str
    description: str
    groups: tuple[tuple[Tile, ...], ...]

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """All of them in their order."""
        return tuple(tile for group in self.groups for tile in group)

    @property
    def paired(self) -> bool:
        """Whether some belong together."""
        return any(len(group) > 1 for group in self.groups)
