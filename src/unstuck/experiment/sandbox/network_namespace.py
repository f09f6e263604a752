"""The network of a branch: its own loopback, and nobody's sockets."""

from __future__ import annotations

import fcntl
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SET_FLAGS = 0x8914  # SIOCSIFFLAGS
UP = 0x1  # IFF_UP
LOOPBACK = b"lo"
LISTED = Path("/proc/net/unix")


def loopback_up() -> None:
    """Switch the loopback interface of a new network namespace on, for scripts whose workers talk over 127.0.0.1.

    What listens on 127.0.0.1 outside is on another interface of the same name, and not reached.

    Sources: Linux manual pages netdevice(7), network_namespaces(7).
    """
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", LOOPBACK, UP))


def sockets() -> dict[Path, tuple[int, int]]:
    """The Unix sockets in the file system that somebody of this network namespace is bound to, and which file it is."""
    return {path: file for path in sorted(set(_listed())) if (file := identity(path)) is not None}


def _listed() -> Iterator[Path]:
    with suppress(OSError):
        for line in LISTED.read_text(encoding="utf-8", errors="surrogateescape").splitlines()[1:]:
            fields = line.split(maxsplit=7)
            if len(fields) == 8 and fields[7].startswith("/"):
                yield Path(fields[7])


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a socket; None where there is none."""
    with suppress(OSError):
        status = path.lstat()
        return (status.st_dev, status.st_ino) if stat.S_ISSOCK(status.st_mode) else None
    return None
