"""Text for the terminal: a pure function of what is printed, the width, and whether there are colours."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType


def console_of(width: int, *, colour: bool, file: StringIO | None = None) -> Console:
    """A console that looks at no environment."""
    return Console(
        file=file or StringIO(), width=width, force_terminal=colour, color_system="standard" if colour else None,
        no_color=not colour, highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip


def printed(blocks: Iterable[tuple[RenderableType, bool]], *, width: int, colour: bool) -> str:
    """The blocks one below the other; each with whether it is left unwrapped."""
    out = StringIO()
    console = console_of(width, colour=colour, file=out)
    for block, unwrapped in blocks:
        console.print(block, soft_wrap=unwrapped)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
