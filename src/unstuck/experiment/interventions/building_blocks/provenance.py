"""The provenance of an output: for each tensor the operation that made it, near the output of a network.

Remembered are activations, moves of values, factors and summands that are plain numbers, and layers. They are found
under all their names: `torch.sigmoid(x)`, `x.sigmoid()`, `F.sigmoid(x)` and, by what it calls, `nn.Sigmoid()(x)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

Tensor = torch.Tensor
F = torch.nn.functional


class Kind(StrEnum):
    """What an operation does to the values."""

    ACTIVATION = "activation"
    DROPOUT = "dropout"
    MOVED = "moved"
    SCALED = "scaled"
    """by a plain number"""
    LAYER = "layer"


@dataclass(frozen=True, slots=True)
class Step:
    """One operation."""

    kind: Kind
    name: str
    before: Tensor
    """what went in; of a layer, empty unless asked for: a chain of layers would keep a whole network's values"""
    again: Callable[..., Tensor]
    """the same for another input; of a layer, for another input, weight and bias"""
    weight: Tensor | None = None
    bias: Tensor | None = None


ACTIVATIONS = (
    "softmax", "log_softmax", "softmin", "sigmoid", "logsigmoid", "tanh", "relu", "relu6", "elu", "selu", "celu",
    "gelu", "silu", "mish", "leaky_relu", "prelu", "rrelu", "softplus", "softsign", "tanhshrink", "hardtanh",
    "hardsigmoid", "hardswish", "threshold", "clamp", "clip", "clamp_min", "clamp_max", "log", "expit",
)  # fmt: skip
MOVES = (
    "view", "reshape", "squeeze", "unsqueeze", "flatten", "transpose", "permute", "movedim", "t", "contiguous",
    "float", "double", "to", "type_as", "view_as", "reshape_as", "clone", "__getitem__", "narrow", "select", "ravel",
)  # fmt: skip
NUMBERS = ("__mul__", "__rmul__", "__truediv__", "__add__", "__radd__", "__sub__", "mul", "div", "add", "sub")
LAYERS = {"linear": -1, "conv1d": 1, "conv2d": 1, "conv3d": 1}
"""function → axis of its units"""
LONGEST = 32
"""operations looked at between a loss and a layer"""


class Provenance:
    """The operations of one branch, remembered as long as their results live."""

    def __init__(self, replace: Callable[..., None], features: bool = False) -> None:
        self._features = features
        self._nothing = torch.empty(0)
        self._steps: Any = WeakTensorKeyDictionary()
        for kind, names in ((Kind.ACTIVATION, ACTIVATIONS), (Kind.MOVED, MOVES), (Kind.SCALED, NUMBERS)):
            for name in names:
                for owner in (torch, Tensor, F, torch.special):
                    if callable(getattr(owner, name, None)):  # `torch.double` is a type
                        replace(owner, name, lambda original, kind=kind, name=name: self._kept(kind, name, original))
        replace(F, "dropout", lambda original: self._kept(Kind.DROPOUT, "dropout", original))
        for name in LAYERS:
            replace(F, name, lambda original, name=name: self._layer(name, original))

    def _kept(self, kind: Kind, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        numbers = kind is Kind.SCALED

        def made(*arguments: Any, **options: Any) -> Any:
            if options.get("inplace"):
                options["inplace"] = False  # what went in is wanted
            if torch.compiler.is_compiling():
                return original(*arguments, **options)
            result = original(*arguments, **options)
            first = arguments[0] if arguments else options.get("input")
            if isinstance(result, Tensor) and isinstance(first, Tensor) and result is not first and (
                not numbers or (len(arguments) > 1 and isinstance(arguments[1], int | float))
            ):  # fmt: skip
                rest = arguments[1:]
                self._steps[result] = Step(kind, name, first, lambda x: original(x, *rest, **options))
            return result

        return made

    def _layer(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def layer(given: Any, weight: Any, bias: Any = None, *rest: Any, **options: Any) -> Any:
            result = original(given, weight, bias, *rest, **options)
            if isinstance(result, Tensor) and not torch.compiler.is_compiling():
                before = given if self._features else self._nothing
                self._steps[result] = Step(
                    Kind.LAYER, name, before, lambda x, w, b: original(x, w, b, *rest, **options), weight, bias
                )
            return result

        def called(*arguments: Any, **options: Any) -> Any:
            options = {"given" if key == "input" else key: value for key, value in options.items()}
            return layer(*arguments, **options)

        return called

    def head(self, output: Tensor) -> Iterator[Step]:
        """The operations behind an output, the last one first, down to and including its layer."""
        for _ in range(LONGEST):
            step = self._steps.get(output)
            if step is None:
                return
            yield step
            if step.kind is Kind.LAYER:
                return
            output = step.before

    def activations(self, output: Tensor) -> tuple[str, ...]:
        """The names of the activations between a layer and an output, the last one first."""
        return tuple(step.name for step in self.head(output) if step.kind is Kind.ACTIVATION)

    def layer(self, output: Tensor) -> Step | None:
        """The layer behind an output."""
        return next((step for step in self.head(output) if step.kind is Kind.LAYER), None)

    def without(self, output: Tensor, kind: Kind = Kind.ACTIVATION) -> Tensor | None:
        """The output as it were without its activations; None where it has none, or they cannot be left out."""
        head = list(self.head(output))
        last = max((at for at, step in enumerate(head) if step.kind is kind), default=None)
        if last is None:
            return None
        found = head[last].before
        with torch.set_grad_enabled(output.requires_grad):
            for step in reversed(head[:last]):
                if step.kind is not kind:
                    found = step.again(found)
        return found if found.shape == output.shape else None
