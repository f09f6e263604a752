"""A training step of somebody else's loop, noted as calls that can be made again with other data.

While it is active, every call of a network, and every operation of torch outside of networks whose result carries a
gradient, is noted in order. What goes into them and comes from none of them is data: inputs where a network takes it,
targets where the loss does. Replaying the calls gives the same loss again, and with other data another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree

from unstuck.preflight.batch import Batch, Tensors
from unstuck.preflight.state import Module, Tensor, generators, set_generators

MOST_CALLS = 20_000
"""of one step; a longer one is not repeated"""
LABEL_NAMES = ("labels", "label", "target", "targets", "y")
"""names of arguments of a network that hold targets: it computes its loss by itself"""
RESHAPES = frozenset({"view", "reshape", "flatten", "unsqueeze", "squeeze", "long", "float", "to", "contiguous", "type",
                      "view_as", "t", "transpose", "permute", "int", "double", "half", "type_as", "ravel"})  # fmt: skip
"""operations on data that are noted, so that the data is known before them"""
PASSIVE = frozenset({"item", "tolist", "numpy", "backward", "__repr__", "__format__", "size", "dim", "numel", "detach",
                     "__len__", "register_hook", "retain_grad", "cpu", "data_ptr", "is_floating_point"})  # fmt: skip
"""operations that a loss does not depend on"""


@dataclass(frozen=True, slots=True)
class Ref:
    """The result of an earlier call; ``at`` is the position of a tensor in it."""

    call: int
    at: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """Data, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call with its arguments, in which tensors stand as references."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    """flat"""
    form: Any
    network: bool
    gradient: bool = True


@dataclass(frozen=True, slots=True)
class NotedBatch(Batch):
    """A step that can be made again."""

    calls: tuple[Call, ...]
    leaves: Tensors
    inputs_at: tuple[int, ...]
    targets_at: tuple[int, ...]
    loss_at: Ref
    output_at: int
    """call of the main network"""
    contexts: Callable[[], AbstractContextManager[Any]] = nullcontext

    @property
    def inputs(self) -> Tensors:  # type: ignore[override]
        """What goes into networks."""
        return tuple(self.leaves[at] for at in self.inputs_at)

    @property
    def targets(self) -> Tensors:  # type: ignore[override]
        """What goes into the loss beside their outputs."""
        return tuple(self.leaves[at] for at in self.targets_at)

    def run(self) -> tuple[Any, Tensor]:
        """Make every call again."""
        results = self._replayed(len(self.calls))
        loss = _picked(results[self.loss_at.call], self.loss_at.at)
        return results[self.output_at], loss

    def output(self) -> Any:
        """Make the calls up to that of the main network."""
        return self._replayed(self.output_at + 1)[self.output_at]

    def _replayed(self, most: int) -> list[Any]:
        results: list[Any] = []
        with self.contexts():
            for call in self.calls[:most]:
                flat = [self._value(one, results) for one in call.arguments]
                arguments, options = _pytree.tree_unflatten(flat, call.form)
                results.append(call.function(*arguments, **options))
        return results

    def _value(self, one: Any, results: list[Any]) -> Any:
        if isinstance(one, Leaf):
            return self.leaves[one.number]
        if isinstance(one, Ref):
            return _picked(results[one.call], one.at)
        return one

    def with_tensors(self, inputs: Tensors | None = None, targets: Tensors | None = None) -> Self:
        """The same step with other data."""
        leaves = list(self.leaves)
        for places, given in ((self.inputs_at, inputs), (self.targets_at, targets)):
            for at, tensor in zip(places, given or (), strict=bool(given)):
                leaves[at] = tensor
        return replace(self, leaves=tuple(leaves))


def _picked(result: Any, at: int) -> Any:
    """A tensor of a result by its position."""
    return _pytree.tree_leaves(result)[at]


@dataclass
class _Step:
    """What has been noted of the present step."""

    calls: list[Call] = field(default_factory=list)
    made: dict[int, Ref] = field(default_factory=dict)
    """id of a tensor → the call that made it"""
    leaves: dict[int, Leaf] = field(default_factory=dict)
    """id of a tensor of data, below zero where it is a target by its name → its number"""
    data: list[Tensor] = field(default_factory=list)
    alive: list[Any] = field(default_factory=list)
    """so that no id is used again"""
    to_network: set[int] = field(default_factory=set)
    labels: set[int] = field(default_factory=set)
    generators: dict[str, Any] | None = None
    broken: str = ""


class StepNotes(TorchFunctionMode):
    """Notes steps from when it is entered; `cut` gives the one that has led to a loss."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.on = True
        self.step = _Step()
        self.networks: dict[int, Module] = {}
        self.handles: list[Any] = []

    def listen(self) -> None:
        """Hear the calls of networks."""
        from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

        self.handles = [
            register_module_forward_pre_hook(self._before),
            register_module_forward_hook(self._after, with_kwargs=True, always_call=True),
        ]

    def deafen(self) -> None:
        """No longer; the mode stays where it is, for it may not be left out of order."""
        self.on = False
        for handle in self.handles:
            handle.remove()
        self.handles = []

    # ---- what is heard -----------------------------------------------------------------------------------

    def _before(self, module: Module, _: Any) -> None:
        if not self.depth and not self.step.calls and self.step.generators is None:
            self.step.generators = generators()
        self.depth += 1

    def _after(self, module: Module, args: Any, kwargs: Any, output: Any) -> None:
        self.depth = max(0, self.depth - 1)
        if self.depth or not torch.is_grad_enabled():
            return
        trains = any(True for _ in module.parameters())
        if trains:
            self.networks.setdefault(id(module), module)
        self._note(module, args, kwargs, output, network=trains)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call it, and note it where a gradient goes through it."""
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if self.on and not self.depth and self.step.generators is not None and name not in PASSIVE and (
            torch.is_grad_enabled()
        ):
            self._note(func, args, kwargs, result, network=False, reshape=name in RESHAPES)
        return result

    def _note(
        self, function: Any, args: Any, kwargs: Any, result: Any, *, network: bool, reshape: bool = False
    ) -> None:
        step = self.step
        made = [one for one in _pytree.tree_leaves(result) if isinstance(one, Tensor)]
        carries = any(one.requires_grad for one in made)
        flat, form = _pytree.tree_flatten((args, kwargs))
        known = any(isinstance(one, Tensor) and (id(one) in step.made or id(one) in step.leaves) for one in flat)
        if not carries and not (reshape and made and (known or step.calls)):
            return
        if len(step.calls) >= MOST_CALLS:
            step.broken = f"a step of at most {MOST_CALLS} operations"
            return
        labels = _label_places(args, kwargs) if network else [False] * len(flat)
        arguments = tuple(
            self._argument(one, network and not label, label) for one, label in zip(flat, labels, strict=True)
        )
        at = len(step.calls)
        step.calls.append(Call(function, arguments, form, network))
        for place, one in enumerate(_pytree.tree_leaves(result)):
            if isinstance(one, Tensor):
                step.made[id(one)] = Ref(at, place)
        step.alive += [args, kwargs, result]

    def _argument(self, one: Any, to_network: bool, label: bool) -> Any:
        step = self.step
        if not isinstance(one, Tensor) or isinstance(one, torch.nn.Parameter):
            return one
        if id(one) in step.made:
            return step.made[id(one)]
        if one.requires_grad:
            if one.grad_fn is not None:
                step.broken = "a loss of one step (it depends on what an earlier step has computed)"
            return one
        key = -id(one) if label else id(one)  # a text that is read and predicted is both
        if key not in step.leaves:
            step.leaves[key] = Leaf(len(step.data))
            step.data.append(one.detach().clone())
            step.alive.append(one)
        leaf = step.leaves[key]
        if to_network:
            step.to_network.add(leaf.number)
        if label:
            step.labels.add(leaf.number)
        return leaf

    # ---- what is made of it ------------------------------------------------------------------------------

    def cut(self, loss: Tensor) -> tuple[NotedBatch | None, str]:
        """The step that has led to this loss, or why there is none; the next one begins."""
        step, self.step = self.step, _Step()
        self.depth = 0
        if step.broken:
            return None, step.broken
        root = step.made.get(id(loss))
        if root is None:
            return None, "a loss that comes from calls of modules (this one comes from something else)"
        needed = _needed(step.calls, root)
        networks = [at for at in needed if step.calls[at].network]
        if not networks:
            return None, "a loss that comes from a call of a module with parameters"
        renumbered = {old: new for new, old in enumerate(needed)}
        calls = tuple(_renumbered(step.calls[at], renumbered) for at in needed)
        used = {one.number for call in calls for one in call.arguments if isinstance(one, Leaf)}
        inputs = tuple(sorted((step.to_network - step.labels) & used))
        floats = sorted(used - set(inputs), key=lambda at: (at not in step.labels, at))
        main = max(networks, key=lambda at: sum(p.numel() for p in step.calls[at].function.parameters()))  # type: ignore[attr-defined]
        return NotedBatch(
            calls=calls, leaves=tuple(step.data), inputs_at=inputs, targets_at=tuple(floats),
            loss_at=Ref(renumbered[root.call], root.at), output_at=renumbered[main], contexts=_contexts(),
        ), ""


def _label_places(args: Any, kwargs: dict[str, Any]) -> list[bool]:
    """For each flat argument of a network, whether it is a target by its name."""
    places = [False] * len(_pytree.tree_leaves(args))
    for name, value in kwargs.items():
        places += [name in LABEL_NAMES] * len(_pytree.tree_leaves(value))
    return places


def _needed(calls: Sequence[Call], root: Ref) -> list[int]:
    """The calls that the loss depends on, and those that change in place what it depends on, in order."""
    wanted = {root.call}
    for at in range(root.call, -1, -1):
        if at in wanted:
            wanted |= {one.call for one in calls[at].arguments if isinstance(one, Ref)}
    return sorted(wanted)


def _renumbered(call: Call, numbers: dict[int, int]) -> Call:
    arguments = tuple(Ref(numbers[one.call], one.at) if isinstance(one, Ref) else one for one in call.arguments)
    return replace(call, arguments=arguments)


def _contexts() -> Callable[[], AbstractContextManager[Any]]:
    """Mixed precision as it is now."""
    for kind in ("cpu", "cuda"):
        if torch.is_autocast_enabled(kind):
            return partial(torch.autocast, kind, dtype=torch.get_autocast_dtype(kind))
    return nullcontext


def checked(batch: NotedBatch, states: dict[str, Any] | None, loss: float) -> str:
    """Why a step cannot be repeated: replayed from the same random numbers it gives another loss. "" where it can."""
    now = generators()
    try:
        if states is not None:
            set_generators(states)
        with torch.no_grad():
            again = float(batch.loss().sum())
    except Exception as error:
        return f"a step that can be made again ({type(error).__name__}: {str(error)[:120]})"
    finally:
        set_generators(now)
    if abs(again - loss) > SAME * max(abs(loss), 1e-6) and loss == loss:
        return f"a step that can be made again outside of its loop (its loss is {loss:.4g}, and then {again:.4g})"
    return ""


SAME = 1e-3
"""relative difference of two losses that is rounding"""
