"""``optimizer.zero_grad()`` from between backward and step to before the backward."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script


class ZeroGradFirst(Edit):
    """The line moves; nothing where there are two, or where it shares its line."""

    names: ClassVar[tuple[str, ...]] = ("zero-grad-first",)

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """Of one backward and one clearing behind it in the same block."""
        backwards, clearings = script.calls("backward"), script.calls("zero_grad")
        if len(backwards) != 1 or len(clearings) != 1:
            return ()
        backward, clearing = script.statement(backwards[0]), script.statement(clearings[0])
        if not isinstance(backward, ast.Expr) or not isinstance(clearing, ast.Expr):
            return ()
        if clearing not in script.block(backward) or clearing.lineno <= backward.lineno:
            return ()
        gone = script.removed(clearing)
        put = script.inserted(backward, script.of(clearing))
        return (put, gone) if put is not None and gone is not None else ()
