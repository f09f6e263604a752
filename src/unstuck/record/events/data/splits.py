"""The splits of a data set, and what could not be measured on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Form, Task
from unstuck.record.events.base import Event
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Event):
    """A data set, or one split of it."""

    kind: ClassVar[str] = "split"
    since: ClassVar[int] = 2
    id: int
    """0 is the training split"""
    name: str = "train"
    """``train``, ``val``, ``test``, or the user's own name"""
    source: str = ""
    """the file or object that it was read from"""
    rows: int = 0
    """number of examples"""
    target: str | None = None
    """name of the target column; of several the first"""
    targets: tuple[str, ...] = ()
    """names of all target columns"""
    looked_at: int | None = None
    """examples that were looked at one by one, drawn at random; None: all. Column profiles are of all rows"""
    task: Task = Task.NONE
    task_given: bool = False
    """the user said so; else it was inferred"""
    form: Form = Form.TABLE
    shape: tuple[int, ...] = ()
    """of one example: () for a row of a table, (height, width, channels) for an image, (length,) for tokens"""
    classes: tuple[str, ...] = ()
    """names of the classes, in the order of their codes"""
    group_column: str | None = None
    """name of the column of groups, such as patients"""
    time_column: str | None = None
    """name of the column of time"""
    notes: tuple[str, ...] = ()
    """how it was read, in words: "no header row: columns are named by their position\""""
    training: int | None = None
    """number of the training through which it passed; None: it was audited"""
    of_loader: bool = False
    """a loader hands its examples out, so it is a data set and no memory of what a program made"""
    located: bool = True
    """rows are positions in the user's data; else examples are numbered in the order in which they were first seen"""
    file: str | None = None
    """where the user's program makes it"""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured(DataEvent):
    """Something that was not measured on a split, and why."""

    kind: ClassVar[str] = "not_measured"
    since: ClassVar[int] = 2
    what: str
    """kind of the event that is missing, or name of the measurement"""
    why: str
    """in words: "30 examples with a label (at least 50 are needed)\""""
    broke: bool = False
    """the measurement failed; ``why`` holds the exception"""
