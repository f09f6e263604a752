"""Memory in huge pages: a fork copies one entry of the page table in place of 512, and its end frees as few.

Source: Linux manual page madvise(2), MADV_COLLAPSE (since Linux 6.1).
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

HUGE = 1 << 21
"""bytes of a huge page"""
COLLAPSE = 25
NO_FILES = ("", "[heap]")


def collapse() -> None:
    """Put what this process has written so far into huge pages, where the system can; elsewhere all stays as it is."""
    if not sys.platform.startswith("linux"):
        return
    advise = ctypes.CDLL(None).madvise
    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
            place, access, *_, name = [*line.split(maxsplit=5), ""][:6]
            first, last = (int(address, 16) for address in place.split("-"))
            first, last = -(-first // HUGE) * HUGE, last // HUGE * HUGE
            if "w" in access and name in NO_FILES and first < last:
                advise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), COLLAPSE)
