"""What an audit was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unstuck.core.data_types import ColumnType, Form, Task


@dataclass(frozen=True, kw_only=True)
class AuditSettings:
    """The options of `unstuck audit`, apart from what is read and where the answer goes."""

    target: tuple[str, ...] = ()
    """names of the target columns; of arrays the target is given as an array"""
    task: Task | None = None
    """None: inferred from the target"""
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    """types of columns, by name; all others are inferred"""
    group: str | None = None
    """column of groups that must not stand on both sides of a split, such as patients"""
    time: str | None = None
    """column of time"""
    header: bool | None = None
    """whether text tables begin with the names of their columns; None: inferred"""
    form: Form | None = None
    """None: inferred"""
    rows: int = 200_000
    """examples that are looked at one by one; of a larger split they are drawn at random"""
    look: int = 24
    """random examples (and batches of a loader) to show"""
    annotate: int = 0
    """examples for a person to label"""
    annotations: Mapping[int, str] = field(default_factory=dict)
    """labels that a person gave, by the row of the training split"""
    seed: int = 0
    """of every random choice of the audit"""
