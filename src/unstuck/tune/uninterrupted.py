"""A stretch in which a signal waits: between two writes to the storage it would leave a trial that nobody owns."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
"""signals that end a search"""


class Terminated(SystemExit):
    """A search is to end; a program of the user's that calls ``sys.exit`` raises another."""


def terminate(number: int, _: FrameType | None) -> None:
    """A handler of SIGTERM, so that a trial is given back before the end."""
    raise Terminated(128 + number)


@contextmanager
def terminable() -> Iterator[None]:
    """Within the block, SIGTERM raises `Terminated`."""
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait until the block has ended; what handles them does so then.

    In other threads they never arrive; a handler that is none of Python's stays.
    """
    before = {number: handler for number in ENDING if callable(handler := signal.getsignal(number))}
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    for number in before:
        signal.signal(number, lambda arrived, _: waiting.append(arrived))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for arrived in waiting[:1]:
        before[signal.Signals(arrived)](arrived, None)
