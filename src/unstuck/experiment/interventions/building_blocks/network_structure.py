"""How a network is wired, seen from its own calls: which activation is hidden, which layer feeds which.

A training step is watched as the script wrote it; at its backward call every place in it is settled, and from the next
forward on an intervention may act there. What lies behind what is read from the graph that autograd keeps.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from unstuck.core.vocabulary import LEAF
from unstuck.experiment.interventions.building_blocks.autograd_graph import Link, Node, links, operation, weighted

if TYPE_CHECKING:
    from types import FrameType

    from unstuck.experiment.interventions.building_blocks.stage import Stage

Module = torch.nn.Module
Key = tuple[Any, ...]
TORCH = str(Path(torch.__file__).parent)
OURS = str(Path(__file__).parents[2])
MOST_LOOKS = 60
"""backward calls whose graph is walked, before places that never reach a loss are given up"""


class Part(Enum):
    """Where in a network a place is."""

    HIDDEN = "hidden"
    """a layer with weights comes behind it"""
    OUTPUT = "output"
    """nothing but the loss comes behind it"""
    GATE = "gate"
    """it is multiplied with something else that is learned"""


class NetworkStructure:
    """The networks of one branch, as far as they have been seen."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.parts: dict[Key, Part] = {}
        self.links: WeakKeyDictionary[Module, list[Link]] = WeakKeyDictionary()
        """behind each layer: how the next ones are reached"""
        self.settled: WeakKeyDictionary[Module, bool] = WeakKeyDictionary()
        """layers that have been through a backward call"""
        self.before_network: list[Callable[[Module, tuple[Any, ...]], tuple[Any, ...] | None]] = []
        """called with a network and its positional arguments, may change these"""
        self.after_network: list[Callable[[Module], object]] = []
        self.change_output: list[Callable[[Module, torch.Tensor, torch.Tensor], torch.Tensor | None]] = []
        """called with a layer that is settled, its input and its output, may change this"""
        self.stack: list[Module] = []
        self._looks = 0
        self._busy = False
        self._keys: dict[Node, Key] = {}
        self._ends: set[Node] = set()
        self._outputs: dict[Node, Module] = {}
        before: Callable[..., Any] = self._enter
        register_module_forward_pre_hook(before)
        register_module_forward_hook(self._leave, always_call=True)
        stage.before_differentiation(self._settle)

    # ---- places of functions -------------------------------------------------------------------------

    def at(
        self, owner: Any, name: str, change: Callable[[Part, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
    ) -> None:
        """Call ``change(part, original, arguments, options)`` in the place of a function, where its part is known."""

        def make(original: Callable[..., Any]) -> Callable[..., Any]:
            def changed(*arguments: Any, **options: Any) -> Any:
                if self._busy or self.stage.turn.ours:
                    return original(*arguments, **options)
                key = self._key(sys._getframe(1))
                self._busy = True
                try:
                    if key in self.parts:
                        return change(self.parts[key], original, arguments, options)
                    out = original(*arguments, **options)
                finally:
                    self._busy = False
                node = out.grad_fn if isinstance(out, torch.Tensor) else None
                if node is not None and self._looks < MOST_LOOKS:
                    self._keys[node] = key
                return out

            return changed

        if hasattr(owner, name):
            self.stage.replace(owner, name, make)

    def _key(self, frame: FrameType | None) -> Key:
        """A place: its module, and the line of the user's own forward if there is one."""
        inner = id(self.stack[-1]) if self.stack else None
        while frame is not None and frame.f_code.co_filename.startswith(OURS):
            frame = frame.f_back
        of_torch = frame is not None and frame.f_code.co_filename.startswith(TORCH)
        if of_torch and self.stack and (len(self.stack) < 2 or _of_torch(self.stack[-2])):
            return (inner,)
        while frame is not None and frame.f_code.co_filename.startswith((TORCH, OURS)):
            frame = frame.f_back
        return (inner, frame.f_code, frame.f_lasti) if frame is not None else (inner,)

    # ---- calls of modules ----------------------------------------------------------------------------

    def _enter(self, module: Module, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        outermost = not self.stack and is_network(module)
        self.stack.append(module)
        if self.stage.turn.ours:
            return None
        if outermost:
            before = arguments
            for callback in self.before_network:
                arguments = callback(module, arguments) or arguments
            return arguments if arguments is not before else None
        return None

    def _leave(self, module: Module, arguments: tuple[Any, ...], output: Any) -> Any:
        if not self.stack or self.stack[-1] is not module:
            return None
        self.stack.pop()
        if self.stage.turn.ours:
            return None
        changed = self._layer(module, arguments, output) if isinstance(module, torch.nn.Linear | _ConvNd) else None
        output = changed if changed is not None else output
        if not self.stack and is_network(module):
            self._ends.update(node for tensor in tensors(output) if (node := tensor.grad_fn) is not None)
            for callback in self.after_network:
                callback(module)
        return changed

    def _layer(self, module: Module, arguments: tuple[Any, ...], output: Any) -> Any:
        given = arguments[0] if arguments else None
        if not isinstance(given, torch.Tensor) or not isinstance(output, torch.Tensor):
            return None
        if module not in self.settled:
            self.settled[module] = False
        if not self.settled[module] and output.grad_fn is not None:
            self._outputs[output.grad_fn] = module
        if given.grad_fn is not None and self._outputs:
            for earlier, link in links(given.grad_fn, self._outputs):
                self.links.setdefault(earlier, []).append(link)
        if not self.settled[module]:
            return None
        changed = None
        for callback in self.change_output:
            now = callback(module, given, output)
            changed, output = (now, now) if now is not None else (changed, output)
        return changed

    # ---- the backward call ---------------------------------------------------------------------------

    def _settle(self, roots: tuple[torch.Tensor, ...]) -> None:
        for layer in self._outputs.values():
            self.settled[layer] = True
        if self._keys and self._looks < MOST_LOOKS:
            self._looks += 1
            for key, part in self._seen([root.grad_fn for root in roots if root.grad_fn is not None]):
                before = self.parts.get(key)
                self.parts[key] = part if before in (None, Part.HIDDEN) else before
        self._keys.clear()
        self._ends.clear()
        self._outputs.clear()

    def _seen(self, roots: list[Node]) -> Iterator[tuple[Key, Part]]:
        """Every place on the way from the losses, and what lies between it and them."""
        ways: list[tuple[Node, bool, bool]] = [(root, False, False) for root in roots]
        known = set(ways)
        while ways:
            node, behind, gate = ways.pop()
            behind = behind and node not in self._ends
            if node in self._keys:
                yield self._keys[node], Part.GATE if gate else Part.HIDDEN if behind else Part.OUTPUT
            behind = behind or weighted(node)
            inputs = [one for one, _ in node.next_functions if one is not None]
            learned = [one for one in inputs if operation(one) != LEAF]
            product = operation(node) == "mul" and len(learned) > 1
            carried = gate and node not in self._keys and not weighted(node)
            for one in inputs:
                way = (one, behind, product or carried)
                if way not in known:
                    known.add(way)
                    ways.append(way)


def is_network(module: Module) -> bool:
    """Whether it is more than a loss or an activation."""
    if isinstance(module, torch.nn.modules.loss._Loss):
        return False
    return any(True for _ in module.parameters())


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """Those in nested tuples, lists and dicts."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from tensors(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from tensors(one)


def _of_torch(module: Module) -> bool:
    return type(module).__module__.startswith("torch.")
