"""Gradients are clipped between backward and step."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script, called, keyword
from unstuck.experiment.edits.learning_rate import shown

NORMS = ("max_norm", "norm", "limit", "most", "value")


class ClipGradients(Edit):
    """Before the only step, of what its optimiser was given."""

    names: ClassVar[tuple[str, ...]] = ("clip-gradients", "clip-gradient", "gradient-clipping")

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """Nothing where several optimisers step, or a scaler has the gradients."""
        optimizers, steps = script.optimizers(), script.steps()
        if wanted.setting_unknown:
            return ()
        if len(optimizers) != 1 or len(steps) != 1 or not _imports_torch(script) or script.calls("clip_grad_norm_"):
            return ()
        given = optimizers[0].args[0] if optimizers[0].args else keyword(optimizers[0], "params")
        statement = script.statement(steps[0])
        if not isinstance(given, ast.Call) or called(given) != "parameters" or statement is None:
            return ()
        norm = next((wanted.settings[name] for name in NORMS if name in wanted.settings), 1.0)
        change = script.inserted(statement, f"torch.nn.utils.clip_grad_norm_({script.of(given)}, {shown(norm)})")
        return (change,) if change is not None else ()


def _imports_torch(script: Script) -> bool:
    return any(
        (alias.name == "torch" and alias.asname is None) or (alias.name.startswith("torch.") and alias.asname is None)
        for node in ast.walk(script.tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    )
