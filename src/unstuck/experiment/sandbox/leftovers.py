"""What a watched run left in its folder: files and folders that were made while it ran.

A script that finds its own checkpoint goes on from it, and one that finds its output folder may refuse to run. Where
branches do not begin where the run began, these are taken away in them (in their covered tree, which is thrown away).

Source: Linux manual page statx(2), of which Python tells the time of birth from 3.15 on only.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from unstuck.record.reader import Record

MOST_LOOKED_AT = 50_000
"""entries of folders; a larger tree is looked at in part"""
NOT_LOOKED_INTO = frozenset({DEFAULT.name, ".git", "__pycache__", "node_modules"})
CLOCK = 0.02
"""seconds by which the time of birth may lag: the kernel's clock ticks"""
AT_FOLDER = -100
NOT_FOLLOWED = 0x100
BIRTH = 0x800
SIZE = 256
"""bytes of ``struct statx``"""
BIRTH_AT = 80
"""where in it the time of birth stands"""


def made_by_run(record: Record) -> tuple[Path, ...]:
    """Files and folders that were made in the run's folder, and in its script's, from its beginning to its end.

    Those in a folder come before it. Empty where the file system does not tell when a file was made.
    """
    manifest = record.manifest
    began, duration = manifest.began, manifest.duration
    if began is None or duration is None or manifest.cwd is None:
        return ()
    folders = [Path(manifest.cwd)]
    script = manifest.target.path if manifest.target is not None else None
    if script is not None and not Path(script).parent.is_relative_to(folders[0]):
        folders.append(Path(script).parent)
    made = [
        path for folder in folders for path in _entries(folder)
        if (at := birth_time(path)) is not None and began - CLOCK <= at <= began + duration
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda path: -len(path.parts)))


def remove_leftovers(paths: tuple[str, ...]) -> None:
    """Remove them, a folder only where it is empty by then; what cannot be removed stays."""
    for path in map(Path, paths):
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()


def birth_time(path: Path) -> float | None:
    """When a file was made, in seconds of the epoch; None where that is not known."""
    told = ctypes.create_string_buffer(SIZE)
    try:
        failed = ctypes.CDLL(None).statx(AT_FOLDER, os.fsencode(path), NOT_FOLLOWED, BIRTH, told)
    except AttributeError:  # neither Linux nor a C library that has it
        return None
    if failed or not struct.unpack_from("I", told)[0] & BIRTH:
        return None
    seconds, nanoseconds = struct.unpack_from("qI", told, BIRTH_AT)
    return float(seconds) + 1e-9 * float(nanoseconds)


def _entries(folder: Path) -> Iterator[Path]:
    seen = 0
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_LOOKED_INTO]
        yield from (Path(here, name) for name in (*folders, *files))
        seen += len(folders) + len(files)
        if seen > MOST_LOOKED_AT:
            return
