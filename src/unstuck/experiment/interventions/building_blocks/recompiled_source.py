"""Another source for the user's program, within a branch: nothing is written, the file stays as it is.

A script is read by `runpy`, a module by its loader; both ask here what to compile.
"""

from __future__ import annotations

import io
import sys
import tokenize
from collections.abc import Callable
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source
from pathlib import Path
from types import CodeType
from typing import Any

PACKAGE = Path(__file__).resolve().parents[3]
INSTALLED = ("site-packages", "dist-packages")


def recompile(change: Callable[[str], str | None]) -> None:
    """Ask ``change`` for every source of the program: another one with the same lines, or None to leave it."""
    open_code, get_code = io.open_code, SourceFileLoader.get_code

    @cache
    def asked(path: str) -> str | None:
        return _changed(Path(path), change)

    def opened(path: str) -> Any:
        changed = asked(path)
        return open_code(path) if changed is None else io.BytesIO(changed.encode(_encoding(Path(path))))

    def compiled(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        path = loader.get_filename(fullname)
        changed = asked(path)
        if changed is None:
            return get_code(loader, fullname)
        code: CodeType = compile(changed, path, "exec", dont_inherit=True)
        return code

    io.open_code = opened
    setattr(SourceFileLoader, "get_code", compiled)  # noqa: B010 - mypy knows it as its base class's


def _changed(path: Path, change: Callable[[str], str | None]) -> str | None:
    if path.suffix != ".py" or not _own(path):
        return None
    try:
        return change(decode_source(path.read_bytes()))
    except (OSError, SyntaxError, ValueError, RecursionError):  # the program itself will say so
        return None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        return tokenize.detect_encoding(file.readline)[0]


def _own(path: Path) -> bool:
    """Whether it is a file of the user's program: no library, and nothing of Python itself."""
    path = path.resolve()
    libraries = [Path(prefix) / "lib" for prefix in (sys.prefix, sys.base_prefix)]
    return not set(INSTALLED) & set(path.parts) and not any(map(path.is_relative_to, [*libraries, PACKAGE]))
