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
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from unstuck.experiment.sandbox.mounts import SandboxError, checked
from unstuck.experiment.sandbox.network_namespace import loopback_up, sockets
from unstuck.experiment.sandbox.overlay import cover, hide_sockets
from unstuck.experiment.sandbox.user_namespace import enter

NEW_NAMESPACES = 0x10000000 | 0x00020000 | 0x40000000 | 0x20000000 | 0x08000000
"""user, mount, network, process and inter-process-communication namespaces"""
PARENT_DEATH_SIGNAL = 1
SCRATCH_SHARE = 0.25
"""of the machine's memory, that what a branch writes may take"""


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
        enter(lambda: checked(libc.unshare(NEW_NAMESPACES), "the system refuses new namespaces"))
    except OSError as error:
        raise SandboxError(f"the system refuses a user namespace of its own: {error}") from error
    _enter_processes(libc)
    loopback_up()
    cover(libc, keep, int(SCRATCH_SHARE * _memory() / among))
    hide_sockets(libc, known)
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


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
