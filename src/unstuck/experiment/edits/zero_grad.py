"""``optimizer.zero_grad()`` before the backward call, or behind the step where several backwards share one."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script, owner


class ZeroGrad(Edit):
    """One new line, or the parentheses that were forgotten; what clears at the wrong moment stays, and does no harm."""

    names: ClassVar[tuple[str, ...]] = ("zero-grad",)

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """Beside the backward of the finding, or the only one of the script."""
        forgotten = script.called_without_parentheses("zero_grad")
        if forgotten:
            return [script.replaced(one, f"{script.of(one)}()") for one in forgotten]
        steps = script.steps()
        found = [call for line in wanted.lines for call in script.calls("backward", line=line)]
        found = found or script.calls("backward")
        if len(found) != 1 or not steps:
            return ()
        backward = script.statement(found[0])
        if not isinstance(backward, ast.Expr):
            return ()
        block = script.block(backward)
        beside = [
            (call, statement)
            for call in steps
            if (statement := script.statement(call)) in block and statement.lineno > backward.lineno
        ]
        if len(beside) == 1 and _alone(script, backward, block):
            change = script.inserted(backward, f"{owner(script, beside[0][0])}.zero_grad()")
        elif len(steps) == 1 and (statement := script.statement(steps[0])) is not None:
            change = script.appended(statement, f"{owner(script, steps[0])}.zero_grad()")
        else:
            return ()
        return (change,) if change is not None else ()


def _alone(script: Script, backward: ast.stmt, block: list[ast.stmt]) -> bool:
    """Whether no other backward of the block shares the step."""
    others = [script.statement(call) for call in script.calls("backward")]
    return sum(other in block for other in others) == 1 and backward in others
