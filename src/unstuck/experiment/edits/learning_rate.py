"""Another learning rate where the optimisers are made."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script, called, keyword, open_ended

DEFAULTS = {
    "SGD": 1e-3, "Adam": 1e-3, "AdamW": 1e-3, "Adamax": 2e-3, "NAdam": 2e-3, "RAdam": 1e-3, "RMSprop": 1e-2,
    "Adagrad": 1e-2,
}  # fmt: skip
"""torch 2.x, documentation of `torch.optim`"""


class LearningRate(Edit):
    """The literal is multiplied; a name gets a factor; where there is none, the default is written out."""

    names: ClassVar[tuple[str, ...]] = (
        "learning-rate", "raise-learning-rate", "lower-learning-rate", "set-learning-rate",
    )  # fmt: skip

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """Of all optimisers for what was tried, for it changed them all; of that of the finding for its own advice."""
        factor = wanted.settings.get("factor")
        told = re.fullmatch(r"lr=([\d.e+-]+)", wanted.code.strip())
        if isinstance(factor, float | int):
            found = script.optimizers()
            changes = [_scaled(script, call, float(factor)) for call in found]
        elif told:
            found = [call for line in wanted.lines for call in script.optimizers(line=line)]
            changes = [_set(script, call, float(told[1])) for call in found]
        else:
            return ()
        return [change for change in changes if change] if all(changes) else ()


def _rate(call: ast.Call) -> ast.expr | None:
    positional = call.args[1] if len(call.args) > 1 else None
    return keyword(call, "lr") or positional


def _sure(call: ast.Call) -> bool:
    """Whether the rate is given in one place at most: groups may have rates of their own."""
    groups = call.args[0] if call.args else keyword(call, "params")
    own = groups is not None and any(
        isinstance(node, ast.Constant) and node.value == "lr" for node in ast.walk(groups)
    )
    return not own and not open_ended(call)


def _scaled(script: Script, call: ast.Call, factor: float) -> Replacement | None:
    rate = _rate(call)
    if not _sure(call):
        return None
    if rate is None:
        default = DEFAULTS.get(called(call))
        return None if default is None else script.argument_added(call, f"lr={shown(default * factor)}")
    if isinstance(rate, ast.Constant):
        return script.replaced(rate, shown(rate.value * factor)) if isinstance(rate.value, float | int) else None
    text = script.of(rate)
    simple = isinstance(rate, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return script.replaced(rate, f"{text if simple else f'({text})'} * {shown(factor)}")


def _set(script: Script, call: ast.Call, value: float) -> Replacement | None:
    rate = _rate(call)
    if not _sure(call):
        return None
    if rate is None:
        return script.argument_added(call, f"lr={shown(value)}")
    literal = isinstance(rate, ast.Constant) and isinstance(rate.value, float | int)
    return script.replaced(rate, shown(value)) if literal else None


def shown(value: float) -> str:
    """As a person writes it: ``0.005``, ``5e-05``."""
    text = f"{value:.3g}" if value < 1000 else f"{value:g}"
    if math.isclose(float(text), value, rel_tol=1e-9):
        return text if "." in text or "e" in text or "inf" in text else f"{text}.0"
    return repr(value)
