"""What is being tried and how much of the budget is spent: one line on a terminal, taken away at the end."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from contextlib import suppress
from typing import Self

EVERY_SECONDS = 0.5
CLEAR = "\r\x1b[K"


def find_terminal() -> int | None:
    """The descriptor of standard error where that is a terminal that can clear a line."""
    if os.environ.get("TERM") in (None, "dumb") or not sys.stderr.isatty():
        return None
    return sys.stderr.fileno()


class Trying:
    """``with Trying(60.0, find_terminal()) as line: line.tell("zero-grad")``; without a terminal it is silent."""

    def __init__(self, budget: float, terminal: int | None, every: float = EVERY_SECONDS) -> None:
        self.budget = budget
        self.terminal = terminal
        self.every = every
        self.what = "the script as it is"
        self.began = time.monotonic()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._draw, daemon=True)

    def tell(self, what: str) -> None:
        """It is this that is being tried now."""
        self.what = what

    def __enter__(self) -> Self:
        if self.terminal is not None:
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        if self.thread.is_alive():
            self.thread.join()

    def __str__(self) -> str:
        spent = f" · {time.monotonic() - self.began:.0f} of {self.budget:.0f} s"
        room = max(10, min(shutil.get_terminal_size((80, 24)).columns, 120) - len(spent) - len("trying ") - 1)
        what = self.what if len(self.what) <= room else self.what[: room - 1] + "…"
        return f"trying {what}{spent}"

    def _draw(self) -> None:
        while not self.over.wait(self.every):
            self._write(f"{CLEAR}{self}")
        self._write(CLEAR)

    def _write(self, text: str) -> None:
        assert self.terminal is not None
        with suppress(OSError):
            os.write(self.terminal, text.encode())
