"""Folders, ``.zip`` and ``.tar`` archives: files by their paths."""

from __future__ import annotations

import tarfile
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unstuck.core.errors import UsageError

MOST_BYTES = 1 << 31
"""of an archive that cannot be read at any place"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Tree:
    """Files below one place."""

    source: str
    files: tuple[str, ...]
    """paths relative to it, sorted"""
    read: Callable[[str], bytes]
    folder: Path | None = None
    """where they lie, if they are files of their own"""


def tree_of(path: Path) -> Tree:
    """The files of a folder or an archive.

    Raises:
        UsageError: the archive is damaged.
    """
    if path.is_dir():
        files = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        return Tree(source=str(path), files=_visible(files), read=lambda name: (path / name).read_bytes(), folder=path)
    try:
        return _zip(path) if zipfile.is_zipfile(path) else _tar(path)
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise UsageError(f"{path} is no archive, or is damaged: {str(error).splitlines()[0]}.") from error


def _visible(files: list[str]) -> tuple[str, ...]:
    return tuple(
        name for name in files if not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
    )


def _zip(path: Path) -> Tree:
    archive = zipfile.ZipFile(path)
    lock = threading.Lock()

    def read(name: str) -> bytes:
        with lock:
            return archive.read(name)

    names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    return Tree(source=str(path), files=_visible(names), read=read)


def _tar(path: Path) -> Tree:
    """A compressed archive is read once and kept."""
    content: dict[str, bytes] = {}
    size = 0
    with tarfile.open(path) as archive:
        for member in archive:
            if not member.isfile():
                continue
            size += member.size
            if size > MOST_BYTES:
                raise UsageError(f"{path} holds more than {MOST_BYTES >> 30} GB. Unpack it, and name the folder.")
            file = archive.extractfile(member)
            content[member.name] = file.read() if file else b""
    return Tree(source=str(path), files=_visible(sorted(content)), read=content.__getitem__)
