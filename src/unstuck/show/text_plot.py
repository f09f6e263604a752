"""Draw a figure with characters, for the terminal; `svg` draws the same values for the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from unstuck.show.character_grid import Canvas
from unstuck.show.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unstuck.core.figure import Axis, Curve, Figure

ROWS = 12
LEAST_COLUMNS = 16
COLOURS = ("cyan", "magenta", "green", "blue", "yellow", "red", "bright_yellow", "bright_red")


@dataclass(frozen=True, slots=True)
class Characters:
    """What a plot is drawn with."""

    braille: bool
    marks: str
    """of the curves, in their order; with braille those after the first only"""
    level: str
    moment: str
    broken: str
    frame: str
    """left edge, tick, lower left corner, lower edge, tick"""


FINE = Characters(True, "⠶o+x", "╌", "┊", "×", "│┤└─┴")
PLAIN = Characters(False, "*o+x", "-", ":", "X", "|++-+")


def characters_of(encoding: str) -> Characters:
    """The fine ones, where the encoding has them."""
    try:
        f"{FINE.marks}{FINE.level}{FINE.moment}{FINE.broken}{FINE.frame}⣿−".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return FINE


def plot(figure: Figure, width: int, characters: Characters = FINE, rows: int = ROWS) -> list[Text]:
    """The lines of a plot that is at most ``width`` columns wide: title, curves with axes, legend."""
    heights = {_row(figure.y, tick.value, rows): tick.label for tick in ticks(figure.y, max(2, rows // 3))}
    margin = max((len(label) for label in heights.values()), default=0)
    canvas = Canvas(max(LEAST_COLUMNS, width - margin - 2), rows, braille=characters.braille)
    shown = _shown(figure)
    _fill(canvas, figure, shown, characters)
    lines = [Text(figure.y.title, style="bold")]
    for row, cells in enumerate(canvas.lines()):
        label = heights.get(row, "")
        edge = characters.frame[1 if label else 0]
        line = Text(f"{label:>{margin}} {edge}", style="dim")
        for character, group in cells:
            line.append(character, style="dim" if group < 0 else _colour(group))
        lines.append(line)
    lines += _below(figure.x, canvas.columns, margin, characters)
    lines += _legend(figure, shown, characters, width)
    return [line if characters.braille else _in_ascii(line) for line in lines]


def _shown(figure: Figure) -> list[Curve]:
    """Without the raw values behind a smoothed curve: dots of a terminal are too large for both."""
    return [curve for curve in figure.curves if not curve.faint] or list(figure.curves)


def _fill(canvas: Canvas, figure: Figure, shown: Sequence[Curve], characters: Characters) -> None:
    for level in figure.levels:
        canvas.level(_share(figure.y, level.y), characters.level)
    for moment in figure.moments:
        for row in range(canvas.rows):
            canvas.under[round(_share(figure.x, moment.x) * (canvas.columns - 1)), row] = characters.moment
    for at, curve in enumerate(shown):
        points = [(_share(figure.x, x), _share(figure.y, y)) for x, y in zip(curve.x, curve.y, strict=True)]
        canvas.line(points, curve.group, _mark(characters, at))
        if at and characters.braille:  # told apart without colours too
            for x, y in _apart(points, canvas.columns):
                canvas.mark(x, y, _mark(characters, at), curve.group)
    for x in figure.not_numbers:
        canvas.mark(_share(figure.x, x), 1.0, characters.broken)


def _apart(points: Sequence[tuple[float, float]], columns: int) -> Iterator[tuple[float, float]]:
    """Some of the points, not nearer to each other than a few columns."""
    last = -math.inf
    for x, y in points:
        if (x - last) * columns >= 6:
            last = x
            yield x, y


def _mark(characters: Characters, at: int) -> str:
    return characters.marks[min(at, len(characters.marks) - 1)]


def _below(axis: Axis, columns: int, margin: int, characters: Characters) -> Iterator[Text]:
    """The x axis: its edge, then as many labels as have room, then what it counts."""
    edge = [characters.frame[3]] * columns
    labels = [" "] * (columns + margin + 2)
    free = 0
    for tick in ticks(axis, max(2, columns // 12)):
        at = round(_share(axis, tick.value) * (columns - 1))
        start = max(0, min(at + margin + 2 - len(tick.label) // 2, len(labels) - len(tick.label)))
        edge[at] = characters.frame[4]
        if start >= free:
            labels[start : start + len(tick.label)] = tick.label
            free = start + len(tick.label) + 1
    yield Text(f"{' ' * (margin + 1)}{characters.frame[2]}{''.join(edge)}", style="dim")
    yield Text("".join(labels).rstrip(), style="dim")
    yield Text(axis.title.rjust(margin + 2 + columns), style="dim")


def _legend(figure: Figure, shown: Sequence[Curve], characters: Characters, width: int) -> Iterator[Text]:
    """One line for each thing drawn."""
    for at, curve in enumerate(shown):
        name = curve.name.replace(" (faint: all values)", "")
        yield _cut(Text.assemble((f"{_mark(characters, at)} ", _colour(curve.group)), name), width)
    for level in figure.levels:
        yield _cut(Text(f"{characters.level} {level.label}", style="dim"), width)
    for moment in figure.moments:
        yield _cut(Text(f"{characters.moment} {moment.label}", style="dim"), width)
    if figure.not_numbers:
        yield _cut(Text(f"{characters.broken} not a number", style="dim"), width)


def _cut(line: Text, width: int) -> Text:
    line.truncate(width)
    return line


def _in_ascii(line: Text) -> Text:
    """What came from elsewhere (labels, names) in the characters that any terminal has, place by place."""
    plain = "".join(
        character if character.isascii() else {"−": "-", "÷": "/", "→": ">"}.get(character, "?")
        for character in line.plain
    )
    return Text(plain, style=line.style, spans=line.spans)


def _colour(group: int) -> str:
    return COLOURS[group % len(COLOURS)]


def _row(axis: Axis, value: float, rows: int) -> int:
    return round((1 - _share(axis, value)) * (rows - 1))


def _share(axis: Axis, value: float) -> float:
    low, high = axis.low, axis.high
    if axis.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    # Halved, because the distance between two large numbers may be no number.
    distance = high / 2 - low / 2
    return min(1.0, max(0.0, (value / 2 - low / 2) / distance)) if distance > 0 else 0.5
