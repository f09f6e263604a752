"""How a branch ended."""

from __future__ import annotations

from enum import StrEnum


class End(StrEnum):
    """How a branch ended."""

    FINISHED = "finished"
    """the script came to its own end"""
    STEPS = "steps"
    """it made as many backward calls as it was given"""
    SECONDS = "seconds"
    """its time was over"""
    IDLE = "idle"
    """its change found nothing to act on"""
    EXCEPTION = "exception"
    """the script raised"""
    REFUSED = "refused"
    """it could not be confined or changed"""
    KILLED = "killed"
    """it did not end by itself, or crashed"""
