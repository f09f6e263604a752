"""``shuffle=True`` for a loader."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script, keyword, open_ended


class Shuffle(Edit):
    """Where the loader of the finding is made and nothing else decides its order."""

    names: ClassVar[tuple[str, ...]] = ("shuffle",)

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """Nothing where there is a sampler, or where data are drawn by hand."""
        found = [call for line in wanted.lines for call in script.calls("DataLoader", line=line)]
        if len(found) != 1 or open_ended(found[0]) or len(found[0].args) > 3:
            return ()
        call = found[0]
        if keyword(call, "sampler") is not None or keyword(call, "batch_sampler") is not None:
            return ()
        given = keyword(call, "shuffle") or (call.args[2] if len(call.args) == 3 else None)
        if given is None:
            change = script.argument_added(call, "shuffle=True")
        elif isinstance(given, ast.Constant) and not given.value:
            change = script.replaced(given, "True")
        else:
            return ()
        return (change,) if change is not None else ()
