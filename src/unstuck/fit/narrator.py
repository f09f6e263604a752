"""What every rung says: its question, what was tried, what was found, and why it goes on."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from unstuck.core.words import duration
from unstuck.record.writer import write_whole

WIDTH = 100
INDENT = 11
RUNGS = "rungs.json"
Row = Sequence[str]


@dataclass
class Table:
    """A small table of a rung."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)


@dataclass
class Rung:
    """One rung as it is shown."""

    title: str
    question: str
    tried: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    so: str = ""
    """why it goes on, or stops"""
    table: Table | None = None
    record: str = ""
    """folder of a record of its own"""
    seconds: float = 0.0


class Narrator:
    """Prints each rung as soon as it has ended, and keeps all of them."""

    def __init__(self, write: Callable[[str], object], progress: Callable[[str, float], object]) -> None:
        self.write = write
        self.progress = progress
        """what is being done, and the share of the whole plan that is done"""
        self.rungs: list[Rung] = []
        self._began = time.perf_counter()
        self._first = 0.0
        self._trained = 0

    def trained(self, most: int) -> None:
        """A training of a fold has ended; the progress says how long the rest may take.

        Args:
            most: trainings of folds that are planned in all.
        """
        now = time.perf_counter()
        if not self._trained:
            self._first = now
        self._trained += 1
        left = (now - self._first) / max(1, self._trained - 1) * max(0, most - self._trained)
        said = f", at most {duration(round(left))} left" if self._trained > 2 else ""
        self.progress(f"training {self._trained} of at most {most}{said}", min(1.0, self._trained / most))

    def begin(self, title: str, question: str) -> Rung:
        """A new rung."""
        self._began = time.perf_counter()
        rung = Rung(f"{len(self.rungs) + 1} {title}", question)
        self.write(f"{rung.title}  {question}\n")
        return rung

    def end(self, rung: Rung, so: str) -> None:
        """Print what is left to say of it."""
        rung.so = so
        rung.seconds = round(time.perf_counter() - self._began, 1)
        self.rungs.append(rung)
        for word, texts in (("tried", rung.tried), ("found", rung.found)):
            for at, text in enumerate(texts):
                self.write(_line("" if at else word, text))
        if rung.table is not None:
            self.write(_table(rung.table))
        self.write(_line("so", so) + "\n")

    def note(self, text: str) -> None:
        """A sentence between rungs."""
        self.write(textwrap.fill(text, WIDTH) + "\n\n")

    def keep(self, folder: Path) -> None:
        """Write all rungs as JSON."""
        write_whole(folder / RUNGS, json.dumps([asdict(one) for one in self.rungs], indent=1) + "\n")


def _line(word: str, text: str) -> str:
    first = f"  {word}".ljust(INDENT)
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * INDENT) + "\n"


def _table(table: Table) -> str:
    rows = [table.head, *table.rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(table.head))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in
                 enumerate(zip(row, widths, strict=True))]  # fmt: skip
        lines.append((" " * INDENT + "  ".join(cells)).rstrip())
    return "\n".join(lines) + "\n"
