"""A stretch in which an interrupt waits: between two writes to the storage it would leave a trial that nobody owns."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(SystemExit):
    """A worker is to end; a program of the user's that calls ``sys.exit`` raises another."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let SIGINT wait until the block has ended; it is then raised as ever. In other threads it never arrives."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    waiting: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt
