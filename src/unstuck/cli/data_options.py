"""The arguments and options that say which data is read, as every verb about data has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = Annotated[
    str,
    typer.Argument(help="A file, a folder of images or texts, or `module:attribute` of a data set or a loader."),
]
TARGET = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="Target column: name, or position (1 first, -1 last). May be repeated."),
]
VAL = Annotated[str | None, typer.Option(metavar="DATA", help="Validation data in the same form.")]
TEST = Annotated[str | None, typer.Option(metavar="DATA", help="Test data in the same form.")]
TASK = Annotated[Task | None, typer.Option(help="What is to be predicted. [default: inferred]")]
TYPES = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="COLUMN=TYPE", help=f"Type of a column: {', '.join(ColumnType)}."),
]
HEADER = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Text tables begin with column names. [default: inferred]"),
]
FORM = Annotated[Form | None, typer.Option(help="What one example is. [default: inferred]")]
SEED = Annotated[int, typer.Option(help="Seed of every random choice.")]


def typed(texts: Sequence[str] | None) -> dict[str, ColumnType]:
    """Columns with their types, as ``--type`` takes them.

    Raises:
        UsageError: one of them is no pair of a column and a type.
    """
    return dict(_typed(text) for text in texts or ())


def _typed(text: str) -> tuple[str, ColumnType]:
    name, _, kind = text.rpartition("=")
    if not name or kind not in list(ColumnType):
        raise UsageError(f"--type wants COLUMN=TYPE with one of {', '.join(ColumnType)}. Got {text}.")
    return name, ColumnType(kind)
