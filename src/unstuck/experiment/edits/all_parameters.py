"""The optimiser is given the parameters of the whole network."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script, called, keyword


class AllParameters(Edit):
    """``model.head.parameters()`` becomes ``model.parameters()`` where the finding's optimiser is made."""

    names: ClassVar[tuple[str, ...]] = ("optimise-all-parameters", "all-parameters", "add-parameters")

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """Nothing for lists and groups: which network they are of is not plain."""
        found = [call for line in wanted.lines for call in script.optimizers(line=line)]
        if len(found) != 1:
            return ()
        given = found[0].args[0] if found[0].args else keyword(found[0], "params")
        if not isinstance(given, ast.Call) or called(given) != "parameters":
            return ()
        root: ast.expr | None = given.func.value if isinstance(given.func, ast.Attribute) else None
        part = root
        if not isinstance(root, ast.Attribute | ast.Subscript):
            return ()
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if not isinstance(root, ast.Name) or root.id == "self" or part is None:
            return ()
        return (script.replaced(part, root.id),)
