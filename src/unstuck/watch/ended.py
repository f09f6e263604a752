"""How the program ended, seen from inside, when its last at-exit functions are called."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

from unstuck.watch.source import Frames

if TYPE_CHECKING:
    from types import TracebackType

MAX_FRAMES = 100
MAX_MESSAGE = 4000


def how_it_ended() -> dict[str, object]:
    """``{"ended": "finished"}``, or the uncaught exception with its place in the user's code."""
    error = _uncaught()
    return {"ended": "finished"} if error is None else describe(error)


def _uncaught() -> BaseException | None:
    """What the interpreter printed last, or, in a worker's finalizer, what is being handled."""
    handled = sys.exc_info()[1]
    last = handled or getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    if not isinstance(last, BaseException) or isinstance(last, SystemExit):
        return None
    return last


def describe(error: BaseException) -> dict[str, object]:
    """The exception's type, message, and frames; ``file`` and ``line`` are the innermost of the user's."""
    frames = _frames(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno or 0, "<module>"))
    is_user = Frames().is_user
    mine = [frame for frame in frames if is_user(frame[0])]
    file, line, _ = mine[-1] if mine else (None, None, None)
    return {
        "ended": "interrupted" if isinstance(error, KeyboardInterrupt) else "exception",
        "exception": type(error).__name__,
        "message": _message(error),
        "file": file,
        "line": line,
        "traceback": [list(frame) for frame in frames[-MAX_FRAMES:]],
    }


def _frames(start: TracebackType | None) -> list[tuple[str, int, str]]:
    return [
        (frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(start)
    ]


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE]
    except Exception:
        return "(its text cannot be made)"

