"""Mounts of a process: what is mounted where, and calls of mount(2) that raise where they must succeed.

Sources: Linux manual pages mount(2), statvfs(3), proc_pid_mountinfo(5).
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

BIND = 0x1000
READ_ONLY = 0x1
REMOUNT = 0x20
KEPT_FLAGS = {
    os.ST_NOSUID: 0x2, os.ST_NODEV: 0x4, os.ST_NOEXEC: 0x8, os.ST_NOATIME: 0x400, os.ST_NODIRATIME: 0x800,
    os.ST_RELATIME: 0x200000,
}  # fmt: skip
"""what statvfs says of a mount, and what mount(2) calls it"""


class SandboxError(Exception):
    """The branch cannot be kept from doing harm here; the message says why."""


def mount(
    libc: ctypes.CDLL, source: str, target: str, kind: str | None, flags: int, options: str, required: bool = True
) -> bool:
    """Whether it is mounted; an error where it must be."""
    arguments = [text.encode() if text is not None else None for text in (source, target, kind)]
    code = libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None)
    if required:
        checked(code, f"cannot cover {target} by a private copy")
    return not code


def read_only(libc: ctypes.CDLL, folder: Path, required: bool = True) -> None:
    """Make one mount read-only; its other restrictions must be said again."""
    flags = flags_of(folder)
    if flags is None or flags & os.ST_RDONLY:
        return
    kept = sum(bit for statvfs, bit in KEPT_FLAGS.items() if flags & statvfs)
    mount(libc, "none", str(folder), None, BIND | REMOUNT | READ_ONLY | kept, "", required)


def flags_of(point: Path) -> int | None:
    """The restrictions of a mount; None where this user cannot even look at it (a mount of another user's)."""
    try:
        return os.statvfs(point).f_flag
    except PermissionError:
        return None


def mount_points() -> dict[Path, str]:
    """Mount points and their kinds, outer ones first; of several on one point the last, which hides the others."""
    found: dict[Path, str] = {}
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        fields = line.split()
        point = fields[4].encode("latin-1").decode("unicode_escape")
        found[Path(point)] = fields[fields.index("-") + 1]
    return dict(sorted(found.items(), key=lambda one: len(one[0].parts)))


def checked(code: int, what: str) -> None:
    """Raise where a call of the C library failed."""
    if code:
        raise SandboxError(f"{what}: {os.strerror(ctypes.get_errno())}")
