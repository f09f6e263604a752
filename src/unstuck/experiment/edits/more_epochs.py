"""More passes over the data: a larger number where the loop over epochs gets it from."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import ClassVar, cast

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script, called

RANGES = ("range", "trange")
OF_BATCHES = re.compile(r"len\(|//|ceil|shape|size|batch|accum|micro", re.IGNORECASE)
"""what bounds a loop over the examples of one pass"""
OF_RUNS = re.compile(r"fold|seed|repeat|restart|trial|runs?\b|model|member", re.IGNORECASE)
"""what counts trainings, and not passes"""
OF_EPOCHS = re.compile(r"epoch", re.IGNORECASE)
DEEPEST = 5
"""calls between the loop and the backward call"""
Function = ast.FunctionDef | ast.AsyncFunctionDef


class MoreEpochs(Edit):
    """The number is multiplied where the loop, or the one assignment of its name, has it; else the loop's bound."""

    names: ClassVar[tuple[str, ...]] = ("more-epochs", "train-longer")

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """Of the one loop over epochs around the backward calls."""
        factor = wanted.settings.get("factor")
        found = (loop for call in script.calls("backward") for loop in _loops_around(script, call, DEEPEST))
        loops = list(dict.fromkeys(found))
        said = [loop for loop in loops if OF_EPOCHS.search(_head(script, loop))]
        chosen = said if len(said) == 1 else loops
        if not isinstance(factor, int) or len(chosen) != 1:
            return ()
        bounds = _range(chosen[0])
        return (_longer(script, bounds, factor),) if bounds is not None and not bounds.keywords else ()


def _loops_around(script: Script, node: ast.AST, deep: int) -> list[ast.For]:
    """Loops over a range of passes around a node in its function; where it has none, around the calls of that."""
    found = []
    while node in script.parents:
        node = script.parents[node]
        if isinstance(node, ast.For) and _is_of_passes(script, node):
            found.append(node)
        elif isinstance(node, Function):
            calls = script.calls(node.name) if deep and not found else []
            return found + [loop for call in calls for loop in _loops_around(script, call, deep - 1)]
    return found


def _is_of_passes(script: Script, loop: ast.For) -> bool:
    bounds = _range(loop)
    if bounds is None or not 1 <= len(bounds.args) <= 2:  # with a stride it goes through the examples
        return False
    head = _head(script, loop)
    return bool(OF_EPOCHS.search(head)) or not (OF_BATCHES.search(head) or OF_RUNS.search(head))


def _range(loop: ast.For) -> ast.Call | None:
    """The one ``range`` that it goes over, perhaps within a progress bar."""
    found = [one for one in ast.walk(loop.iter) if isinstance(one, ast.Call) and called(one) in RANGES]
    return found[0] if len(found) == 1 else None


def _head(script: Script, loop: ast.For) -> str:
    """``epoch in range(epochs)``."""
    return f"{script.of(loop.target)} in {script.of(loop.iter)}"


def _longer(script: Script, bounds: ast.Call, factor: int) -> Replacement:
    """``range(10)`` → ``range(20)``, ``range(1, n + 1)`` → ``range(1, 2 * (n + 1) - 1)``."""
    last = bounds.args[-1]
    first = script.of(bounds.args[0]) if len(bounds.args) == 2 else "0"
    literal = _count(last) or _assigned(script, last)
    if literal is not None and first == "0":
        return script.replaced(literal, str(factor * literal.value))
    text = script.of(last)
    times = f"{factor} * {_grouped(last, text)}"
    again = _grouped(bounds.args[0], first) if first != "0" else ""
    less = f" - {again}" if factor == 2 else f" - {factor - 1} * {again}"
    return script.replaced(last, f"{times}{less if again else ''}")


def _grouped(node: ast.expr, text: str) -> str:
    return text if isinstance(node, ast.Name | ast.Attribute | ast.Constant) else f"({text})"


class _Count(ast.Constant):
    """A whole number."""

    value: int


def _count(node: ast.AST | None) -> _Count | None:
    return cast(_Count, node) if isinstance(node, ast.Constant) and type(node.value) is int else None


def _assigned(script: Script, name: ast.expr) -> _Count | None:
    """The whole number that a name for epochs is given, where it is given one in one place only.

    Of another name nobody knows what else it counts.
    """
    if not isinstance(name, ast.Name) or not OF_EPOCHS.search(name.id):
        return None
    stores = [
        one for one in ast.walk(script.tree)
        if (isinstance(one, ast.Name) and one.id == name.id and isinstance(one.ctx, ast.Store))
        or (isinstance(one, ast.arg) and one.arg == name.id)
    ]  # fmt: skip
    given = script.parents[stores[0]] if len(stores) == 1 else None
    return _count(given.value) if isinstance(given, ast.Assign) and len(given.targets) == 1 else None
