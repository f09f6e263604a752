"""The overlay mount: every folder that can be written to is covered by a copy in memory, made as it is written to.

Sources: overlay documentation (Documentation/filesystems/overlayfs.rst), Linux manual page mount_namespaces(7).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.experiment.sandbox.mounts import BIND, flags_of, mount, mount_points, read_only
from unstuck.experiment.sandbox.network_namespace import identity

if TYPE_CHECKING:
    import ctypes

PRIVATE = 0x40000 | 0x4000  # MS_PRIVATE, MS_REC
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
KERNEL = ("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "securityfs", "debugfs", "tracefs",
          "bpf", "pstore", "configfs", "fusectl", "hugetlbfs", "binfmt_misc", "autofs", "rpc_pipefs", "efivarfs")
"""file systems that hold no files of anybody"""


def cover(libc: ctypes.CDLL, keep: Path, size: int) -> None:
    """Put overlays in memory of that size over everything that can be written; ``keep`` alone shows through."""
    mount(libc, "none", "/", None, PRIVATE, "")
    stage = keep / "upper"
    stage.mkdir(exist_ok=True)
    through = os.open(keep, os.O_PATH | os.O_DIRECTORY)
    mount(libc, "tmpfs", str(stage), "tmpfs", 0, f"size={size},mode=755")
    memory = os.open(stage, os.O_PATH | os.O_DIRECTORY)  # its path is covered too, on the way
    uppers = Path(f"/proc/self/fd/{memory}")
    mounts = {point: kind for point, kind in mount_points().items() if point != stage}
    tops = [point for point, kind in mounts.items() if kind not in KERNEL and flags_of(point) is not None]
    folders = [folder for top in tops for folder in _without_mounts(top, mounts)]
    for number, folder in enumerate(folders):
        if folder == SHARED_MEMORY:  # nothing in it is a file of the user's
            mount(libc, "tmpfs", str(folder), "tmpfs", 0, f"size={size},mode=1777")
        elif not (flags_of(folder) or 0) & os.ST_RDONLY:
            _overlay(libc, folder, uppers / f"{number}", uppers / f"{number}-work")
    mount(libc, f"/proc/self/fd/{through}", str(keep), None, BIND, "")
    for descriptor in (through, memory):
        os.close(descriptor)
    for point, kind in mounts.items():
        if kind in KERNEL and kind != "proc":
            read_only(libc, point, required=False)
    for top in tops:
        if any(point != top and point.is_relative_to(top) for point in mounts):
            read_only(libc, top)
    mount(libc, "proc", "/proc", "proc", 0, "", required=False)


def _without_mounts(folder: Path, mounts: Mapping[Path, str]) -> Iterator[Path]:
    """The folder, or, where other mounts lie below it, those of its folders below which there are none."""
    if not any(point != folder and point.is_relative_to(folder) for point in mounts):
        yield folder
        return
    inner: list[Path] = []
    with suppress(PermissionError), os.scandir(folder) as entries:
        inner = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    for one in inner:
        if one not in mounts:
            yield from _without_mounts(one, mounts)


def _overlay(libc: ctypes.CDLL, folder: Path, upper: Path, work: Path) -> None:
    """Cover one folder by a copy that is made as it is written to; where that cannot be, make it read-only."""
    mode = folder.stat().st_mode
    if stat.S_ISSOCK(mode):
        mount(libc, os.devnull, str(folder), None, BIND, "")
        return
    upper.mkdir()
    work.mkdir()
    upper.chmod(stat.S_IMODE(mode))
    options = f"lowerdir={_escaped(folder)},upperdir={upper},workdir={work},userxattr"
    if mount(libc, "overlay", str(folder), "overlay", 0, options, required=False):
        return
    mount(libc, str(folder), str(folder), None, BIND, "")
    read_only(libc, folder)


def hide_sockets(libc: ctypes.CDLL, known: Mapping[Path, tuple[int, int]]) -> None:
    """Cover those sockets that are still the same file: no overlay covers them."""
    for path, file in known.items():
        if identity(path) == file:
            mount(libc, os.devnull, str(path), None, BIND, "", required=False)


def _escaped(folder: Path) -> str:
    """A path as an option of overlayfs takes it."""
    return str(folder).replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
