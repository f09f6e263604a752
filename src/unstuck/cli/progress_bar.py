"""What is being done and how much of it is done: a bar on a terminal, after a second, taken away at the end."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress

SECONDS = 1.0
"""work that takes less shows no bar"""


class ProgressBar:
    """``with ProgressBar() as progress: produce(…, progress=progress)``; silent where standard error is no terminal."""

    def __init__(self, after: float = SECONDS) -> None:
        self.bar: Progress | None = None
        self.timer: threading.Timer | None = None
        if sys.stderr.isatty():
            self.bar = _bar()
            self.task = self.bar.add_task("", total=1.0)
            self.timer = threading.Timer(after, self.bar.start)
            self.timer.daemon = True

    def __enter__(self) -> Self:
        if self.timer is not None:
            self.timer.start()
        return self

    def __call__(self, title: str, share: float) -> None:
        """It is this that is being done, and this share of all is done."""
        if self.bar is not None:
            self.bar.update(self.task, description=title, completed=share)

    def __exit__(self, *_: object) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.bar is not None:
            self.bar.stop()


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (BarColumn(30), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=Console(stderr=True), transient=True)
