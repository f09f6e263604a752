"""``optimizer.step()`` behind the backward call."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script


class CallStep(Edit):
    """Where there is one optimiser, one backward, and no step of an optimiser at all."""

    names: ClassVar[tuple[str, ...]] = ("call-step",)

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """One new line, or the parentheses that were forgotten."""
        names, backwards = script.names_of_optimizers(), script.calls("backward")
        if len(names) != 1 or len(backwards) != 1 or script.steps():
            return ()
        forgotten = script.called_without_parentheses("step")
        if forgotten:
            return [script.replaced(one, f"{script.of(one)}()") for one in forgotten]
        statement = script.statement(backwards[0])
        if not isinstance(statement, ast.Expr):
            return ()
        change = script.appended(statement, f"{next(iter(names))}.step()")
        return (change,) if change is not None else ()
