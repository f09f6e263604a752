"""Changes of a plain deep network that are known to help, applied while the network is called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from unstuck.preflight.signals import PRODUCTS, Layer, redraw

Tensor = torch.Tensor
RECTIFYING = ("relu", "sigmoid", "tanh")
LEAK = 0.1
EPSILON = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """One change."""

    name: str
    scheme: str = ""
    """initialisation by which every layer is drawn anew"""
    activation: str = ""
    """what stands in the place of every hidden activation"""
    norm: bool = False
    """batch normalisation between a hidden layer and its activation, without parameters of its own"""
    residual: bool = False
    """the input of a hidden layer is added to what its activation gives, where the shapes are the same"""


CURES = (
    Cure(name="as it is"),
    Cure(name="He initialisation", scheme="he"),
    Cure(name="batch normalisation", norm=True),
    Cure(name="leaky ReLU with He initialisation", scheme="he", activation="leaky_relu"),
    Cure(name="SELU with LeCun initialisation", scheme="lecun", activation="selu"),
    Cure(name="residual connections with He initialisation", scheme="he", residual=True),
)


class Cured(TorchFunctionMode):
    """While it is active, the network is as the cure makes it; weights that it draws stay drawn."""

    def __init__(self, cure: Cure, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.cure = cure
        self.layers = layers
        self.hidden = {id(layer.weight) for layer in layers if layer.activation and not layer.last}
        self.given: dict[int, tuple[Tensor, Tensor]] = {}

    def __enter__(self) -> Self:
        """Draw the weights."""
        if self.cure.scheme:
            redraw(self.layers, self.cure.scheme)
            self._biases_to_zero()
        if self.cure.residual:
            self._shrink_branches()
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Leave the mode."""
        super().__exit__(kind, error, tb)  # type: ignore[no-untyped-call]
        self.given.clear()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call it, changed where it is a hidden product or a hidden activation."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").rstrip("_")
        values = [*args, *kwargs.values()]
        if name in PRODUCTS:
            return self._product(func, args, kwargs, values)
        if name in RECTIFYING and values and isinstance(values[0], Tensor) and id(values[0]) in self.given:
            return self._activation(func, args, kwargs, values[0])
        return func(*args, **kwargs)

    def _product(self, func: Any, args: Any, kwargs: Any, values: list[Any]) -> Any:
        result = func(*args, **kwargs)
        if not any(isinstance(one, Tensor) and id(one) in self.hidden for one in values):
            return result
        if self.cure.norm and result.dim() > 1:
            axis = 1 if result.dim() > 2 and func is not functional.linear else -1
            axes = tuple(at for at in range(result.dim()) if at != axis % result.dim())
            result = (result - result.mean(axes, keepdim=True)) / (result.var(axes, keepdim=True) + EPSILON).sqrt()
        self.given[id(result)] = (values[0], result)  # the tensor lives, so that its id is not used again
        return result

    def _activation(self, func: Any, args: Any, kwargs: Any, tensor: Tensor) -> Any:
        before, _ = self.given.pop(id(tensor))
        if self.cure.activation == "leaky_relu":
            result = functional.leaky_relu(tensor, LEAK)
        elif self.cure.activation == "selu":
            result = functional.selu(tensor)
        else:
            result = func(*args, **kwargs)
        if self.cure.residual and before.shape == result.shape:
            result = result + before
        return result

    def _biases_to_zero(self) -> None:
        for layer in self.layers:
            bias = layer.bias
            if bias is not None:
                with torch.no_grad():
                    bias.detach().zero_()

    def _shrink_branches(self) -> None:
        """Each shortcut's branch a little, so that their sum stays in range (Zhang and others, 2019)."""
        count = max(1, len(self.hidden))
        with torch.no_grad():
            for layer in self.layers:
                if id(layer.weight) in self.hidden and layer.weight.dim() > 1:
                    square = layer.weight.shape[0] == layer.weight.shape[1]
                    layer.weight.detach().mul_(1 / math.sqrt(count) if square else 1.0)
