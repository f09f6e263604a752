"""How the program ended, seen from inside, when its last at-exit functions are called."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.watch.source import Frames

if TYPE_CHECKING:
    from types import TracebackType

MAX_FRAMES = 100
MAX_MESSAGE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the program ended; ``file`` and ``line`` are the innermost of the user's."""

    ended: str = "finished"
    """``finished``, ``exception`` or ``interrupted``"""
    exception: str | None = None
    """class of the uncaught exception"""
    message: str | None = None
    file: str | None = None
    line: int | None = None
    traceback: tuple[tuple[str, int, str], ...] = ()
    """(file, line, function) of each frame, the innermost last"""


FINISHED = Ended()


def how_it_ended() -> Ended:
    """Finished, or the uncaught exception with its place in the user's code."""
    error = _uncaught()
    return FINISHED if error is None else describe(error)


def _uncaught() -> BaseException | None:
    """What the interpreter printed last, or, in a worker's finalizer, what is being handled."""
    handled = sys.exc_info()[1]
    last = handled or getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    if not isinstance(last, BaseException) or isinstance(last, SystemExit):
        return None
    return last


def describe(error: BaseException) -> Ended:
    """The exception's type, message, frames and place."""
    frames = _frames(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno or 0, "<module>"))
    is_user = Frames().is_user
    mine = [frame for frame in frames if is_user(frame[0])]
    file, line, _ = mine[-1] if mine else (None, None, None)
    return Ended(
        ended="interrupted" if isinstance(error, KeyboardInterrupt) else "exception",
        exception=type(error).__name__, message=_message(error), file=file, line=line,
        traceback=tuple(frames[-MAX_FRAMES:]),
    )


def _frames(start: TracebackType | None) -> list[tuple[str, int, str]]:
    return [
        (frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(start)
    ]


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE]
    except Exception:
        return "(its text cannot be made)"

