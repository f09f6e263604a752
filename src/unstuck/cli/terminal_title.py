"""How the run goes, in the terminal's title: it takes no line of the screen, which is the program's."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from unstuck.record.follow import PartFollower, RecordFollower
from unstuck.record.schema import Kind

if TYPE_CHECKING:
    from pathlib import Path

EVERY_SECONDS = 1.0
SAVE_TITLE = "\x1b[22;0t"
RESTORE_TITLE = "\x1b[23;0t"


def find_terminal() -> int | None:
    """The descriptor of a terminal that has a title: standard error or output; None where neither is one."""
    if os.environ.get("TERM") in (None, "dumb", "linux"):
        return None
    return next((stream.fileno() for stream in (sys.stderr, sys.stdout) if stream.isatty()), None)


class Progress:
    """How far one part has come."""

    def __init__(self, part: PartFollower) -> None:
        self.part = part
        self.step = 0
        self.epoch = 0
        self.loss = float("nan")

    def look(self) -> None:
        """Read what was appended since the last look."""
        for row in self.part.rows():
            self.step = max(self.step, row.step)
            self.epoch += row.kind == Kind.EPOCH
            if row.kind == Kind.BACKWARD:
                self.loss = row.value

    def __str__(self) -> str:
        epoch = f" · epoch {self.epoch}" if self.epoch else ""
        return f"step {self.step}{epoch} · loss {self.loss:.4g}"


class LiveTitle:
    """Shows the progress of a run while the block lasts, if there is a terminal to show it."""

    def __init__(self, directory: Path, terminal: int | None, every: float = EVERY_SECONDS) -> None:
        self.follower = RecordFollower(directory)
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
        for path, part in self.follower.parts.items():
            self.parts.setdefault(path, Progress(part)).look()
        busiest = max(self.parts.values(), key=lambda part: part.step, default=None)
        return f"unstuck · {busiest}" if busiest is not None and busiest.step else ""

    def _write(self, text: str) -> None:
        assert self.terminal is not None
        with suppress(OSError):
            # One write, past any buffer, so that it never falls apart among the program's own output.
            os.write(self.terminal, text.encode())
