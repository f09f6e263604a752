"""The folder in which branches are recorded: removed at the end, or by the next run where this one was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "unstuck-branches-"
FRESH_SECONDS = 60.0
"""a folder this young may not be locked yet"""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone after the block.

    It is locked as long as this process lives, so that what a killed one leaves can be told from what is in use.
    """
    base = Path(tempfile.gettempdir())
    sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a folder into which a branch that was just killed may write for another moment."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)


def sweep(base: Path) -> None:
    """Remove what killed processes of the same user have left."""
    for folder in base.glob(f"{PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            if status.st_uid == os.getuid() and time.time() - status.st_mtime > FRESH_SECONDS:
                _remove_unused(folder)


def _remove_unused(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while the other lives
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
