"""Who a branch is: the same user as outside, in a user namespace of its own.

An overlay copies a file with its owner, so an owner that the namespace does not know cannot be copied. Root knows
everybody; any other user only himself and his main group: below a folder of another user's or group's that is not the
uppermost one of its overlay, his branches are refused with "Value too large for defined data type".

Source: Linux manual page user_namespaces(7).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def enter(unshare: Callable[[], None]) -> None:
    """Be the same user after ``unshare`` has made the namespace.

    Raises:
        OSError: the system does not allow it.
    """
    user, group, process = os.getuid(), os.getgid(), os.getpid()
    told, tell = os.pipe()
    helper = os.fork() if user == 0 else 0
    if user == 0 and helper == 0:
        code = 1
        try:
            os.close(tell)
            if os.read(told, 1):
                for name in ("uid_map", "gid_map"):
                    Path(f"/proc/{process}/{name}").write_text(_everybody(name), encoding="ascii")
                code = 0
        finally:
            os._exit(code)
    os.close(told)
    try:
        unshare()
        if helper:
            with suppress(OSError):
                os.write(tell, b"!")
    finally:
        os.close(tell)
        known = bool(helper) and os.waitpid(helper, 0)[1] == 0
    if not known:
        _write("setgroups", "deny")
        _write("uid_map", f"{user} {user} 1")
        _write("gid_map", f"{group} {group} 1")


def _everybody(name: str) -> str:
    """All that the namespace outside knows, under the same numbers."""
    lines = Path(f"/proc/self/{name}").read_text(encoding="ascii").splitlines()
    return "".join(f"{first} {first} {count}\n" for first, _, count in map(str.split, lines))


def _write(name: str, text: str) -> None:
    Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
