"""A batch: what goes into the network and what its loss is compared with, and how to get the loss again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from torch.utils import _pytree

Tensor = torch.Tensor
Tensors = tuple[Tensor, ...]


class Batch(ABC):
    """One training or held-out batch, which can be run again and changed."""

    inputs: Tensors
    """what goes into the network"""
    targets: Tensors
    """what its outputs are compared with"""

    @abstractmethod
    def run(self) -> tuple[Any, Tensor]:
        """Output and loss, with gradients as they are switched."""

    @abstractmethod
    def output(self) -> Any:
        """The output alone."""

    @abstractmethod
    def with_tensors(self, inputs: Tensors | None = None, targets: Tensors | None = None) -> Self:
        """The same batch with other inputs, other targets, or both."""

    def loss(self) -> Tensor:
        """The loss alone."""
        return self.run()[1]

    @property
    def size(self) -> int:
        """Number of examples: length of the axis that inputs and targets have in common; 0 where there is none."""
        axis = self.axis
        return self.inputs[0].shape[axis] if axis is not None else 0

    @property
    def axis(self) -> int | None:
        """The axis of the examples in the first input; None where that cannot be told."""
        first = next(iter(self.inputs), None)
        if first is None or not first.dim():
            return None
        lengths = {one.shape[0] for one in self.targets if one.dim()}
        for axis in range(min(2, first.dim())):
            if first.shape[axis] in lengths:
                return axis
        return 0 if not lengths else None

    def rows(self, index: Sequence[int] | Tensor) -> Self:
        """Some of its examples."""
        size, axis = self.size, self.axis or 0
        chosen = torch.as_tensor(index)

        def taken(one: Tensor, along: int) -> Tensor:
            fits = one.dim() > along and one.shape[along] == size
            return one.index_select(along, chosen.to(one.device)) if fits else one

        return self.with_tensors(
            tuple(taken(one, axis if one.dim() > axis and one.shape[axis] == size else 0) for one in self.inputs),
            tuple(taken(one, 0) for one in self.targets),
        )


@dataclass(frozen=True, slots=True)
class PairBatch(Batch):
    """Input and target of a loader, given to a network and a loss; nested inputs keep their structure."""

    network: Callable[..., Any]
    loss_function: Callable[[Any, Any], Tensor]
    inputs: Tensors
    targets: Tensors
    shape_in: Any
    shape_out: Any

    @classmethod
    def of(cls, network: Any, loss_function: Any, given: Any, target: Any) -> Self:
        """Of one pair."""
        inputs, shape_in = _pytree.tree_flatten(given)
        targets, shape_out = _pytree.tree_flatten(target)
        return cls(network, loss_function, tuple(inputs), tuple(targets), shape_in, shape_out)

    def output(self) -> Any:
        """Of the network."""
        return self.network(_pytree.tree_unflatten(list(self.inputs), self.shape_in))

    def run(self) -> tuple[Any, Tensor]:
        """Forward and loss."""
        output = self.output()
        return output, self.loss_function(output, _pytree.tree_unflatten(list(self.targets), self.shape_out))

    def with_tensors(self, inputs: Tensors | None = None, targets: Tensors | None = None) -> Self:
        """Of the same network."""
        return replace(
            self, inputs=self.inputs if inputs is None else inputs,
            targets=self.targets if targets is None else targets,
        )  # fmt: skip


def tensors_in(value: Any) -> list[Tensor]:
    """Those in nested tuples, lists, dicts and dataclasses of outputs."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict) or hasattr(value, "to_tuple"):
        return [one for item in (value.values() if isinstance(value, dict) else value.to_tuple())
                for one in tensors_in(item)]  # fmt: skip
    if isinstance(value, list | tuple):
        return [one for item in value for one in tensors_in(item)]
    return []


def first_output(value: Any) -> Tensor | None:
    """The floating-point tensor of an output with a size for each example: the first, logits where they are named."""
    if not isinstance(value, Tensor) and hasattr(value, "logits"):
        return value.logits if isinstance(value.logits, Tensor) else None
    floats = [one for one in tensors_in(value) if one.is_floating_point() and one.dim()]
    return next(iter(floats), None)
