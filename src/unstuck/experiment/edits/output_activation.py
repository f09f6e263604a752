"""The activation on the output, taken out: a layer of an `nn.Sequential`, or the call around an expression."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Replacement, Script, called, owner

LAYERS = ("Softmax", "LogSoftmax", "Sigmoid", "Tanh", "ReLU", "Softmax2d")
FUNCTIONS = ("softmax", "log_softmax", "sigmoid", "tanh", "relu")
MODULES = ("F", "torch", "functional", "nn.functional", "torch.nn.functional", "torch.special")


class OutputActivation(Edit):
    """At the lines of the finding alone: softmax is at home elsewhere in a script too."""

    names: ClassVar[tuple[str, ...]] = ("remove-output-activation", "linear-output")

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """The one thing that it can mean; nothing where it could be two."""
        for line in wanted.lines:
            calls = script.calls(*LAYERS, *FUNCTIONS, line=line)
            if calls:  # the line where it is made decides: on that where it is used, another may belong
                found = [change for call in calls if (change := _without(script, call)) is not None]
                return found if len(found) == 1 == len(calls) or _one_layer(calls, found) else ()
        return ()


def _one_layer(calls: Sequence[ast.Call], found: Sequence[Replacement]) -> bool:
    """Whether the one change is of a layer: those before it in the same `nn.Sequential` are hidden ones."""
    return len(found) == 1 and all(called(call) in LAYERS for call in calls)


def _without(script: Script, call: ast.Call) -> Replacement | None:
    if called(call) in LAYERS:
        return _last_of_sequential(script, call) or _only_use(script, call)
    return _unwrapped(script, call)


def _last_of_sequential(script: Script, layer: ast.Call) -> Replacement | None:
    parent = script.parents[layer]
    if not isinstance(parent, ast.Call) or called(parent) != "Sequential" or parent.args[-1] is not layer:
        return None
    if len(parent.args) < 2 or parent.keywords:
        return None
    start, end = script.end(parent.args[-2]), script.end(layer)
    between = script.text[start : script.start(layer)]
    return None if set(between) - set(", \r\n\t") else Replacement(start, end, "")


def _only_use(script: Script, layer: ast.Call) -> Replacement | None:
    """``self.softmax = nn.Softmax(1)``, which is called once: there it goes."""
    parent = script.parents[layer]
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1:
        return None
    name = script.of(parent.targets[0])
    last = name.rsplit(".", 1)[-1]
    uses = [
        node
        for node in ast.walk(script.tree)
        if (isinstance(node, ast.Name) and node.id == last) or (isinstance(node, ast.Attribute) and node.attr == last)
    ]
    called_there = [call for call in script.calls(last) if script.of(call.func) == name]
    if len(called_there) != 1 or len(uses) != 2 or len(called_there[0].args) != 1 or called_there[0].keywords:
        return None
    return _argument(script, called_there[0], called_there[0].args[0])


def _unwrapped(script: Script, call: ast.Call) -> Replacement | None:
    before = owner(script, call)
    if not before or before in MODULES:  # F.softmax(x, 1), softmax(x, 1)
        return _argument(script, call, call.args[0]) if call.args else None
    assert isinstance(call.func, ast.Attribute)
    return _argument(script, call, call.func.value)  # x.softmax(1)


def _argument(script: Script, call: ast.Call, inner: ast.expr) -> Replacement | None:
    if isinstance(inner, ast.Starred) or called_at(inner) in LAYERS:
        return None  # nn.Softmax(1)(x) is one of the layers
    text = script.of(inner)
    simple = isinstance(inner, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    return script.replaced(call, text if simple and "\n" not in text else f"({text})")


def called_at(node: ast.expr) -> str:
    """The name of what is called, where it is a call."""
    return called(node) if isinstance(node, ast.Call) else ""
