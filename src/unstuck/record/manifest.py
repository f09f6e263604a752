"""The manifest of a record: what was made, from what, when, and how it ended. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RecordKind(StrEnum):
    """What a record is about; each kind has a producer."""

    RUN = "run"
    """a training program (`unstuck run`)"""
    DATA = "data"
    """a data set (`unstuck audit`)"""
    PROBE = "probe"
    """checks before training (`unstuck preflight`)"""
    MODEL = "model"
    """a trained model on data (`unstuck evaluate`)"""
    STUDY = "study"
    """a search for hyper-parameters (`unstuck tune`)"""
    FIT = "fit"
    """all of them in order (`unstuck fit`)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """How the watched process ended, as it said itself at its end."""

    pid: int | None = None
    python: str = ""
    executable: str = ""
    torch: str = ""
    """``imported``, ``not imported`` or ``absent``"""
    ended: str | None = None
    exception: str | None = None
    message: str | None = None
    file: str | None = None
    line: int | None = None
    traceback: tuple[tuple[str, int, str], ...] = ()
    """(file, line, function) of each frame, the innermost last"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What was run, as on Python's own command line."""

    kind: str = "script"
    """``script``, ``module``, ``code``, ``stdin``; ``inside`` (`unstuck.watch`) or ``objects``"""
    what: str = ""
    path: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderFailure:
    """The recorder failed in one process."""

    where: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The manifest as a reader gets it. Times are seconds."""

    schema: int = 1
    kind: RecordKind = RecordKind.RUN
    argv: tuple[str, ...] = ()
    """the program and its arguments, as the user wrote them"""
    target: Target | None = None
    python: str | None = None
    """the interpreter"""
    cwd: str | None = None
    began: float | None = None
    """since 1970"""
    duration: float | None = None
    ended: str | None = None
    """None while it runs, or where nobody could say"""
    returncode: int | None = None
    signal: str | None = None
    """the signal that killed it"""
    branch: str | None = None
    """of an experiment's branch: how it ended"""
    child: Child | None = None
    failures: tuple[RecorderFailure, ...] = ()
    others: Mapping[str, object] = field(default_factory=dict)
    """everything else that was written: environment, versions, git commit"""
