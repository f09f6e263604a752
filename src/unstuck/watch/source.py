"""Whose line is it? Finds, above one of our hooks, the first frame that belongs to the user's program."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple, TypedDict

PACKAGE = str(Path(__file__).resolve().parents[1])


INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))


class Location(NamedTuple):
    """A line of the user's program."""

    file: str
    line: int
    function: str


class Where(TypedDict):
    """The two fields that every event with a place has."""

    file: str | None
    line: int | None


def where(place: Location | None) -> Where:
    """A location as the fields of an event."""
    return {"file": place.file if place else None, "line": place.line if place else None}


def library_folders() -> tuple[str, ...]:
    """Folders whose code is not the user's: the standard library, installed packages, ourselves."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {sysconfig.get_paths()[name] for name in names}
    folders |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    return (*sorted(folders), PACKAGE)


class Frames:
    """Tells user frames from library frames, and remembers the answer for each file."""

    def __init__(self) -> None:
        self._folders = library_folders()
        self._known: dict[str, bool] = {}

    def is_user(self, filename: str) -> bool:
        """True for files outside every library folder, ``<string>`` and notebook cells included."""
        known = self._known.get(filename)
        if known is None:
            known = not filename.startswith(("<frozen", "<__array_function__", "<unstuck", *self._folders)) and not any(
                folder in filename for folder in INSTALLED
            )
            self._known[filename] = known
        return known

    def user_frame(self, frame: FrameType | None) -> FrameType | None:
        """The innermost user frame at or above ``frame``; else the outermost one (a program in a package)."""
        known = self._known
        outermost = frame
        while frame is not None:
            filename = frame.f_code.co_filename
            if known.get(filename) or (filename not in known and self.is_user(filename)):
                return frame
            outermost = frame
            frame = frame.f_back
        return outermost

    def maker_frame(self, frame: FrameType | None, made: object) -> FrameType | None:
        """The user frame that made ``made``: above every ``__init__`` that is initialising it."""
        while frame is not None:
            code = frame.f_code
            own = code.co_name in ("__init__", "__new__", "__call__") and _first_argument(frame) is made
            if not own and self.is_user(code.co_filename):
                return frame
            frame = frame.f_back
        return None

    def location(self, frame: FrameType | None) -> Location | None:
        """File, line and function of a frame."""
        if frame is None:
            return None
        code = frame.f_code
        return Location(code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_qualname)


def _first_argument(frame: FrameType) -> object:
    names = frame.f_code.co_varnames
    return frame.f_locals.get(names[0]) if names and frame.f_code.co_argcount else None


class CallSites:
    """Tells one place of call from another without computing its line."""

    def __init__(self) -> None:
        self._held: dict[int, CodeType] = {}

    def key(self, frame: FrameType) -> tuple[int, int]:
        """Code object and instruction."""
        return id(frame.f_code), frame.f_lasti

    def hold(self, frame: FrameType) -> None:
        """Keep the code object alive, so that its id stays its own."""
        self._held[id(frame.f_code)] = frame.f_code
