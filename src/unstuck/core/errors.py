"""The errors of unstuck, one tree: ``UnstuckError`` and what it splits into."""

from __future__ import annotations


class UnstuckError(Exception):
    """Anything that unstuck refuses; its text says what, where, what was expected, what was got, what to do."""

    exit_code = 2


class UsageError(UnstuckError):
    """The command or the call was given something it cannot use."""


class RecordError(UnstuckError):
    """A run record is missing, broken, or newer than this version reads."""


class LaunchError(UnstuckError):
    """The user's program could not be started."""
