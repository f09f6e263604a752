"""A branch must do no harm: its own files, its own processes, no network.

On Linux a branch gets namespaces of its own. Every writable file system is covered by an overlay whose upper layer
lies in memory, so the script finds its files, writes where it likes, reads back what it wrote, and nothing of it is
left when the branch ends; there is no network but a loopback of its own; every process that it starts ends with it.
Sockets in the file system (a database, docker) are not reached: an overlay shows another file, and where no overlay
can be, what somebody of this machine is bound to is covered. Not covered there: a socket that a container with a
network of its own shares through a folder. Files that lie beside a mount point (not in a folder beside it) are
read-only, and so is what no overlay can cover. Devices are as they are: a script that writes to a disk's does so.
Where the system refuses (some containers, other systems than Linux), `confine` says so and the branch does not run.

Sources: Linux manual pages user_namespaces(7), mount_namespaces(7), pid_namespaces(7), overlay documentation
(Documentation/filesystems/overlayfs.rst).
"""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from unstuck.experiment.sandbox.network_namespace import identity, loopback_up, sockets
from unstuck.experiment.sandbox.user_namespace import enter

NEW_NAMESPACES = 0x10000000 | 0x00020000 | 0x40000000 | 0x20000000 | 0x08000000
"""user, mount, network, process and inter-process-communication namespaces"""
PRIVATE = 0x40000 | 0x4000  # MS_PRIVATE, MS_REC
BIND = 0x1000
READ_ONLY = 0x1
REMOUNT = 0x20
KEPT_FLAGS = {
    os.ST_NOSUID: 0x2, os.ST_NODEV: 0x4, os.ST_NOEXEC: 0x8, os.ST_NOATIME: 0x400, os.ST_NODIRATIME: 0x800,
    os.ST_RELATIME: 0x200000,
}  # fmt: skip
"""what statvfs says of a mount, and what mount(2) calls it"""
PARENT_DEATH_SIGNAL = 1
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
SCRATCH_SHARE = 0.25
"""of the machine's memory, that what a branch writes may take"""
KERNEL = ("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "securityfs", "debugfs", "tracefs",
          "bpf", "pstore", "configfs", "fusectl", "hugetlbfs", "binfmt_misc", "autofs", "rpc_pipefs", "efivarfs")
"""file systems that hold no files of anybody"""


class SandboxError(Exception):
    """The branch cannot be kept from doing harm here; the message says why."""


def confine(keep: Path, among: int = 1) -> None:
    """From now on this process and its children can change nothing outside of ``keep``.

    Called in a freshly forked, single-threaded child. Forks twice more: the process that returns is a child of the
    first one of its own process namespace; those between wait for it and end as it ended, and all others with them.

    Args:
        keep: the only folder whose changes stay.
        among: branches at a time, which share the memory that may be written to.

    Raises:
        SandboxError: the system does not allow it.
    """
    if not sys.platform.startswith("linux"):
        raise SandboxError(f"experiments need Linux namespaces, which {sys.platform} does not have")
    here = Path.cwd()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    _die_first()
    known = sockets()
    try:
        enter(lambda: _checked(libc.unshare(NEW_NAMESPACES), "the system refuses new namespaces"))
    except OSError as error:
        raise SandboxError(f"the system refuses a user namespace of its own: {error}") from error
    _enter_processes(libc)
    loopback_up()
    _cover(libc, keep, int(SCRATCH_SHARE * _memory() / among))
    _hide(libc, known)
    os.chdir(here)


def _die_first() -> None:
    """Where memory runs out, the system ends a branch rather than anything of the user's."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _enter_processes(libc: ctypes.CDLL) -> None:
    """Fork into the new process namespace behind its first process, which signals do not end as they end others."""
    for _ in ("first process", "the branch"):
        child = os.fork()
        if child:
            _wait_for(child)
        libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        os.setsid()  # a script that signals its whole group signals nobody else


def _wait_for(child: int) -> NoReturn:
    """Stay behind until that child has ended, and end as it did."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    ended, status = os.wait()
    while ended != child:
        ended, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _cover(libc: ctypes.CDLL, keep: Path, size: int) -> None:
    """Put overlays in memory of that size over everything that can be written; ``keep`` alone shows through."""
    _mount(libc, "none", "/", None, PRIVATE, "")
    stage = keep / "upper"
    stage.mkdir(exist_ok=True)
    through = os.open(keep, os.O_PATH | os.O_DIRECTORY)
    _mount(libc, "tmpfs", str(stage), "tmpfs", 0, f"size={size},mode=755")
    memory = os.open(stage, os.O_PATH | os.O_DIRECTORY)  # its path is covered too, on the way
    uppers = Path(f"/proc/self/fd/{memory}")
    mounts = {point: kind for point, kind in _mounts().items() if point != stage}
    tops = [point for point, kind in mounts.items() if kind not in KERNEL and _flags(point) is not None]
    folders = [folder for top in tops for folder in _whole(top, mounts)]
    for number, folder in enumerate(folders):
        if folder == SHARED_MEMORY:  # nothing in it is a file of the user's
            _mount(libc, "tmpfs", str(folder), "tmpfs", 0, f"size={size},mode=1777")
        elif not (_flags(folder) or 0) & os.ST_RDONLY:
            _overlay(libc, folder, uppers / f"{number}", uppers / f"{number}-work")
    _mount(libc, f"/proc/self/fd/{through}", str(keep), None, BIND, "")
    for descriptor in (through, memory):
        os.close(descriptor)
    for point, kind in mounts.items():
        if kind in KERNEL and kind != "proc":
            _read_only(libc, point, required=False)
    for top in tops:
        if any(point != top and point.is_relative_to(top) for point in mounts):
            _read_only(libc, top)
    _mount(libc, "proc", "/proc", "proc", 0, "", required=False)


def _whole(folder: Path, mounts: Mapping[Path, str]) -> Iterator[Path]:
    """The folder, or, where other mounts lie below it, those of its folders below which there are none."""
    if not any(point != folder and point.is_relative_to(folder) for point in mounts):
        yield folder
        return
    inner: list[Path] = []
    with suppress(PermissionError), os.scandir(folder) as entries:
        inner = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    for one in inner:
        if one not in mounts:
            yield from _whole(one, mounts)


def _overlay(libc: ctypes.CDLL, folder: Path, upper: Path, work: Path) -> None:
    """Cover one folder by a copy that is made as it is written to; where that cannot be, make it read-only."""
    mode = folder.stat().st_mode
    if stat.S_ISSOCK(mode):
        _mount(libc, os.devnull, str(folder), None, BIND, "")
        return
    upper.mkdir()
    work.mkdir()
    upper.chmod(stat.S_IMODE(mode))
    options = f"lowerdir={_escaped(folder)},upperdir={upper},workdir={work},userxattr"
    if _mount(libc, "overlay", str(folder), "overlay", 0, options, required=False):
        return
    _mount(libc, str(folder), str(folder), None, BIND, "")
    _read_only(libc, folder)


def _read_only(libc: ctypes.CDLL, folder: Path, required: bool = True) -> None:
    """Make one mount read-only; its other restrictions must be said again."""
    flags = _flags(folder)
    if flags is None or flags & os.ST_RDONLY:
        return
    kept = sum(mount for told, mount in KEPT_FLAGS.items() if flags & told)
    _mount(libc, "none", str(folder), None, BIND | REMOUNT | READ_ONLY | kept, "", required)


def _hide(libc: ctypes.CDLL, known: Mapping[Path, tuple[int, int]]) -> None:
    """Cover those sockets that are still the same file: no overlay covers them."""
    for path, file in known.items():
        if identity(path) == file:
            _mount(libc, os.devnull, str(path), None, BIND, "", required=False)


def _flags(point: Path) -> int | None:
    """The restrictions of a mount; None where this user cannot even look at it (a mount of another user's)."""
    try:
        return os.statvfs(point).f_flag
    except PermissionError:
        return None


def _escaped(folder: Path) -> str:
    """A path as an option of overlayfs takes it."""
    return str(folder).replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def _mounts() -> dict[Path, str]:
    """Mount points and their kinds, outer ones first; of several on one point the last, which hides the others."""
    found: dict[Path, str] = {}
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        fields = line.split()
        point = fields[4].encode("latin-1").decode("unicode_escape")
        found[Path(point)] = fields[fields.index("-") + 1]
    return dict(sorted(found.items(), key=lambda one: len(one[0].parts)))


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _mount(
    libc: ctypes.CDLL, source: str, target: str, kind: str | None, flags: int, options: str, required: bool = True
) -> bool:
    """Whether it is mounted; an error where it must be."""
    told = [text.encode() if text is not None else None for text in (source, target, kind)]
    code = libc.mount(*told, ctypes.c_ulong(flags), options.encode() or None)
    if required:
        _checked(code, f"cannot cover {target} by a private copy")
    return not code


def _checked(code: int, what: str) -> None:
    if code:
        raise SandboxError(f"{what}: {os.strerror(ctypes.get_errno())}")
