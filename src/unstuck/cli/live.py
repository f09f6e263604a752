"""How the run goes, in the terminal's title: it takes no line of the screen, which is the program's."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from unstuck.record import schema
from unstuck.record.schema import TAPE, Kind

if TYPE_CHECKING:
    from pathlib import Path

EVERY_SECONDS = 1.0
MOST_ROWS = 1 << 16
"""read at one look, so that a look stays cheap"""
SAVE_TITLE = "\x1b[22;0t"
RESTORE_TITLE = "\x1b[23;0t"


def find_terminal() -> int | None:
    """The descriptor of a terminal that has a title: standard error or output; None where neither is one."""
    if os.environ.get("TERM") in (None, "dumb", "linux"):
        return None
    return next((stream.fileno() for stream in (sys.stderr, sys.stdout) if stream.isatty()), None)


class Progress:
    """Follows the tape of one part as it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.inode = 0
        self.step = 0
        self.known = 0
        self.epoch = 0
        self.loss = float("nan")

    def look(self) -> None:
        """Read what was appended since the last look."""
        with self.path.open("rb") as tape:
            inode = os.fstat(tape.fileno()).st_ino
            if inode != self.inode:  # a new tape, or the same one thinned: its rows moved
                self.inode, self.rows, self.known = inode, 0, self.step
            tape.seek(self.rows * TAPE.size)
            data = tape.read(MOST_ROWS * TAPE.size)
        for _, value, index, _, kind, _ in TAPE.iter_unpack(data[: len(data) // TAPE.size * TAPE.size]):
            if kind == 0:
                break
            self.rows += 1
            if index < self.known:
                continue
            self.step = max(self.step, index)
            self.epoch += kind == Kind.EPOCH
            if kind == Kind.BACKWARD:
                self.loss = value

    def __str__(self) -> str:
        epoch = f" · epoch {self.epoch}" if self.epoch else ""
        return f"step {self.step}{epoch} · loss {self.loss:.4g}"


class LiveTitle:
    """Shows the progress of a run while the block lasts, if there is a terminal to show it."""

    def __init__(self, directory: Path, terminal: int | None, every: float = EVERY_SECONDS) -> None:
        self.directory = directory
        self.terminal = terminal
        self.every = every
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.parts: dict[Path, Progress] = {}

    def __enter__(self) -> Self:
        if self.terminal is not None:
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        if self.thread.is_alive():
            self.thread.join()

    def _follow(self) -> None:
        shown = ""
        while not self.over.wait(self.every):
            with suppress(OSError):
                title = self._title()
                if title and title != shown:
                    self._write((SAVE_TITLE if not shown else "") + f"\x1b]0;{title}\x07")
                    shown = title
        if shown:
            self._write(RESTORE_TITLE)

    def _title(self) -> str:
        for path in (self.directory / schema.PARTS).glob(f"*/{schema.TAPE_FILE}"):
            self.parts.setdefault(path, Progress(path)).look()
        busiest = max(self.parts.values(), key=lambda part: part.step, default=None)
        return f"unstuck · {busiest}" if busiest is not None and busiest.step else ""

    def _write(self, text: str) -> None:
        assert self.terminal is not None
        with suppress(OSError):
            # One write, past any buffer, so that it never falls apart among the program's own output.
            os.write(self.terminal, text.encode())
