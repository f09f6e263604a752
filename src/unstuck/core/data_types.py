"""What data is: the tasks that a target sets, the types of columns, the forms that examples have."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """What is to be predicted; it follows from the target."""

    BINARY = "binary"
    """one of two classes"""
    MULTI_CLASS = "multi-class"
    """one of three or more classes"""
    MULTI_LABEL = "multi-label"
    """several classes at once: one column of 0 and 1 for each"""
    REGRESSION = "regression"
    """one or several numbers"""
    SEQUENCE = "sequence"
    """a sequence for each example: tokens, labels of tokens, a translation"""
    NONE = "none"
    """there is no target"""

    @property
    def has_classes(self) -> bool:
        """Whether each example belongs to one class."""
        return self in (Task.BINARY, Task.MULTI_CLASS)


class ColumnType(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    CATEGORY = "category"
    """names, or few whole numbers that are names"""
    TEXT = "text"
    """words or sentences"""
    TIME = "time"
    IDENTIFIER = "identifier"
    """a different value in (nearly) every row: a key, a file name, a running number"""


class Form(StrEnum):
    """What one example is."""

    TABLE = "table"
    IMAGE = "image"
    TEXT = "text"
    TOKENS = "tokens"
    """a sequence of whole numbers, padded to one length"""
