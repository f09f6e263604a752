"""Where the words of a run's command line end and those of the user's program begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

PROGRAM = ("-m", "-c")
"""as for Python itself: what follows the next word is the program's own"""


def split(words: list[str], valued: Collection[str]) -> tuple[list[str], list[str]]:
    """Our options, and the program with its arguments; ``valued`` are those options that take a value."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            return words[:at], words[at + 1 :]
        if word == "-" or not word.startswith("-"):
            break
        if word.startswith(PROGRAM) and not word.startswith("--"):
            break
        at += 2 if word in valued else 1
    return words[:at], words[at:]
