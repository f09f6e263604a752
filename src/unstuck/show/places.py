"""A place in the user's program or data, in words."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from unstuck.core.words import clean

if TYPE_CHECKING:
    from unstuck.core.finding import Finding, Place


def in_data(place: Place) -> bool:
    """Whether it lies in a data set, and not in a program."""
    return any(part is not None for part in (place.split, place.column, place.row, place.label))


def parts(place: Place) -> tuple[tuple[str, str], ...]:
    """(kind, name) of what it names inside its file: a layer of a program; column, row and class of data."""
    row = str(place.row) if place.row is not None else None
    found = (("layer", place.layer), ("column", place.column), ("row", row), ("class", place.label))
    return tuple((kind, clean(name)) for kind, name in found if name)


def title(place: Place, where: str, row_name: str = "") -> str:
    """A place in one line: ``train.py:2 (layer 1)``; in data ``column `age` of train.csv``, ``row 7 of split test``.

    Data of a run have a line of the program: ``train.py:9 (row 7 of split X_test)``.

    Args:
        place: what is named.
        where: its file and line as a reader knows them, or "".
        row_name: path or key of its row, where it has one.
    """
    inside = ", ".join(
        clean(row_name) if kind == "row" and row_name else f"{kind} {_quoted(kind, name) if in_data(place) else name}"
        for kind, name in parts(place)
    )
    if not in_data(place):
        return f"{where} ({inside})" if where and inside else where or inside
    split = f"split {clean(place.split)}" if place.split else ""
    if where and place.line:  # a line of the program through which the data pass, not a file of data
        inside = " of ".join(filter(None, (inside, split)))
        return f"{where} ({inside})" if inside else where
    of = where or split
    title = f"{inside} of {of}" if inside and of else inside or of
    known = not where or not split or PurePath(str(place.file)).stem == place.split
    return title if known else f"{title} ({split})"


def _quoted(kind: str, name: str) -> str:
    return name if kind == "row" else f"`{name}`"


def row_name_of(finding: Finding) -> str:
    """Path or key of the row that a finding's place names; "" where it has none."""
    examples = finding.examples
    if examples is None or not examples.names or finding.place.row not in examples.indices:
        return ""
    return examples.names[examples.indices.index(finding.place.row)]
