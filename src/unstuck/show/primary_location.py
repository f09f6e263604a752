"""The file and line of a finding, for readers that need one: its own place, or the nearest that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.finding import Place
from unstuck.show.data_lines import line_of
from unstuck.show.places import in_data
from unstuck.show.source import Sources, names_called

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A place with a file, or none at all; ``why`` says which place it is where it is not the finding's own."""

    place: Place
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of a file. Lines and columns count from 1, columns in characters; ``end`` is after the last."""

    line: int
    start: int | None = None
    end: int | None = None
    text: str = ""
    """the whole line, without its end; "" where it is unknown or has changed since the run"""


def anchor(finding: Finding, training: Training | None, record: Record) -> Anchor:
    """The finding's own place, else where it is used, else where backward is called, else the script."""
    if finding.place.file is not None:
        row = finding.place.row
        line = None if row is None else line_of(record, Sources.of(record), finding.place.file, row)
        return Anchor(place=finding.place if line is None else replace(finding.place, line=line))
    layer = finding.place.layer
    if finding.used_at is not None and finding.used_at.file is not None:
        return Anchor(place=Place(layer=layer, file=finding.used_at.file, line=finding.used_at.line))
    loss = training.loss if training is not None else None
    if loss is not None and loss.file is not None:
        place = Place(layer=layer, file=loss.file, line=loss.line)
        return Anchor(place=place, why="the finding has no line; this is the call of backward")
    if in_data(finding.place):
        return Anchor(place=finding.place)
    script = record.manifest.target.path if record.manifest.target is not None else None
    place = Place(layer=layer, file=script or None)
    return Anchor(place=place, why="the finding has no line; this is the program that ran" if script else "")


def region(place: Place, sources: Sources, training: Training | None) -> Region | None:
    """What is meant at a place, in the columns of the file itself; None where the line is unknown."""
    if not place.line:
        return None
    raw, line = sources.raw_line(place), sources.line(place, names_called(training, place))
    if raw is None or line is None:
        return Region(line=int(place.line))
    return Region(line=int(place.line), start=_column(raw, line.start) + 1, end=_column(raw, line.end) + 1, text=raw)


def _column(raw: str, shown: int) -> int:
    """The position in the file's line of a position in the line as it is shown, where tabs are spaces."""
    if "\t" not in raw:
        return shown
    return next((at for at in range(len(raw) + 1) if len(raw[:at].expandtabs(4)) >= shown), len(raw))


def below(file: str, sources: Sources, root: Path | None) -> str:
    """The path of a file as seen from ``root``, where it lies under it; else as a reader of the run knows it."""
    path = sources.directory / file
    if root is not None and path.is_absolute() and path.is_relative_to(root):
        return str(path.relative_to(root))
    return sources.shown(file)
