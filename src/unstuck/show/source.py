"""The user's source at a place: the line, the marked part of it, and the path to show."""

from __future__ import annotations

import linecache
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.words import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Place
    from unstuck.record.reader import Record


LARGEST_SOURCE = 4 << 20
"""bytes; a finding about data is at a file that may be larger than memory"""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of the user's source; ``[start, end)`` is marked."""

    number: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sources:
    """Reads the files of one run, as long as they are still what ran."""

    directory: Path
    """where the run was started; relative paths of the record start here"""
    began: float | None
    """a file written after this moment is no longer what ran"""

    @classmethod
    def of(cls, record: Record) -> Sources:
        """The sources of a recorded run."""
        manifest = record.manifest
        began = manifest.began or (record.main.about.get("began") if record.main else None)
        return cls(Path(manifest.cwd or "."), float(began) if began else None)

    def shown(self, file: str) -> str:
        """The path as a reader knows it: relative, where it lies under the run's directory."""
        path = Path(file)
        if path.is_absolute() and self.directory.is_absolute() and path.is_relative_to(self.directory):
            path = path.relative_to(self.directory)
        return clean(str(path))

    def where(self, place: Place) -> str:
        """``train.py:42``, ``train.py`` or nothing."""
        if place.file is None:
            return ""
        return self.shown(place.file) + (f":{place.line}" if place.line else "")

    def text(self, file: str) -> str | None:
        """The whole file; None where it is gone, has changed since, is no text, or is data by its size."""
        if not self._unchanged(file):
            return None
        try:
            if (self.directory / file).stat().st_size > LARGEST_SOURCE:
                return None
            return (self.directory / file).read_bytes().decode("utf-8")
        except (OSError, ValueError):
            return None

    def _unchanged(self, file: str) -> bool:
        """Whether it is there, and as it was when the run began."""
        try:
            return self.began is None or (self.directory / file).stat().st_mtime <= self.began
        except OSError:
            return False

    def line(self, place: Place, words: Sequence[str] = ()) -> SourceLine | None:
        """The line at a place; None where it is unknown, gone, or has changed since.

        Args:
            place: where.
            words: names of what may be called there; the call of the only one that fits is marked.
        """
        raw = self.raw_line(place)
        if raw is None or place.line is None:
            return None
        text = clean(raw)
        start, end = _meant(text, words)
        return SourceLine(place.line, text, start, end)

    def raw_line(self, place: Place) -> str | None:
        """The line as it stands in the file, tabs and all, without its end; None as for `line`."""
        if place.file is None or not place.line or not self._unchanged(place.file):
            return None
        path = self.directory / place.file
        linecache.checkcache(str(path))
        return linecache.getline(str(path), place.line).rstrip() or None


def _meant(text: str, words: Sequence[str]) -> tuple[int, int]:
    """The only call of the first word that is called there; the whole statement where it is called twice."""
    for word in words:
        calls = list(re.finditer(rf"(?<![\w.])[\w.]*\b{re.escape(word)}\b(?=\()", text))
        if len(calls) == 1:
            return calls[0].start(), _closing(text, calls[0].end())
        if calls:
            break
    start = len(text) - len(text.lstrip())
    code = re.split(r"\s+#", text)[0] if "'" not in text and '"' not in text else text
    return start, max(start + 1, len(code.rstrip().rstrip(",")))


def _closing(text: str, opening: int) -> int:
    """The end of the call whose parenthesis opens there; the line's end where it goes on."""
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return at + 1
    return len(text)


def window(line: SourceLine, room: int) -> SourceLine:
    """The line cut to ``room`` columns around what is meant; deep indentation is made shallow."""
    indent = len(line.text) - len(line.text.lstrip())
    cut = max(0, indent - 8)
    text, start, end = line.text[cut:], line.start - cut, line.end - cut
    if len(text) > room:
        skip = min(max(0, start - room // 3), max(0, len(text) - room)) if end > room - 1 else 0
        ahead = "…" if skip else ""
        text = ahead + text[skip + len(ahead) :]
        text = text if len(text) <= room else text[: room - 1] + "…"
        start, end = start - skip, min(end - skip, len(text))
    return SourceLine(line.number, text, max(0, start), max(start + 1, end))


def names_called(training: Training | None, place: Place) -> tuple[str, ...]:
    """What may be called at a place, the likeliest first: its layer, an operation, a loss, an optimiser."""
    if training is None:
        return ()
    module = training.modules.get(place.layer or "")
    operations = [
        node.op
        for graph in training.graphs
        for node in graph.nodes
        if (node.file, node.line) == (place.file, place.line)
    ]
    losses = [series.function for series in training.all_series]
    optimizers = [optimizer.class_name for optimizer in training.optimizers]
    layer = module.class_name if module is not None else None
    names = [layer, *operations, *losses, *optimizers, "DataLoader", "backward"]
    return tuple(dict.fromkeys(name for name in names if name))
