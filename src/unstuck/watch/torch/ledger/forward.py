"""One batch, from the call of the network to what its loss was given: put together piece by piece.

Shapes: *n* examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from unstuck.watch.torch.ledger.sources import Drawn, Origin
from unstuck.watch.torch.ledger.tensors import KEPT

Tensor = torch.Tensor
PICTURE = 3
"""axes, that of the examples included"""
WIDEST_OUTPUT = 256
"""outputs of an example that are kept"""
SAME_CLASS = 0.98
"""share of the examples for which the maximum must be at the same class"""
WIDEST_LABEL = 1 << 14
"""numbers of a label (a mask, a sequence) that are kept"""
NO_INPUT = re.compile("mask|label|target|type_ids|position")
"""in the name of an argument: it is no input of an example"""


@dataclass(slots=True)
class Forward:
    """A call of a network, as far as it is known what it was for."""

    module: int
    inputs: Tensor
    outputs: Tensor | None
    graded: bool
    """with gradients on"""
    training_mode: bool
    drawn: Drawn | None
    origin: Origin | None = None
    labels: Tensor | None = None
    function: str | None = None
    loss: Tensor | None = None
    beside: tuple[Tensor, ...] = ()
    """further inputs: the other picture of a pair"""
    scores: Tensor | None = None
    """what the loss was given of the output"""

    @property
    def size(self) -> int:
        """n, where the first axis counts examples."""
        return len(self.inputs)

    def together(self) -> Tensor:
        """All inputs, on the CPU: pictures of one size side by side, others as one row an example."""
        if not self.beside:
            return self.inputs.detach().cpu()
        parts = [one.detach().cpu() for one in (self.inputs, *self.beside)]
        if parts[0].dim() >= PICTURE and len({part.shape for part in parts}) == 1:
            return torch.cat(parts, dim=-1)
        return torch.cat([part.reshape(len(part), -1).float() for part in parts], dim=1)

    def counts_examples(self) -> bool:
        """Whether the first axis of the inputs does: not where it counts time, or the words of all texts."""
        if not self.size:
            return False
        known = [one for one in (self.labels, self.outputs) if one is not None and one.dim() and one.numel()]
        labelled = self.labels is None or not self.labels.dim() or len(self.labels) % self.size == 0
        return labelled and all(one.numel() % self.size == 0 for one in known)

    def given_labels(self) -> Tensor | None:
        """One row an example: what the loss was given, or what came with the inputs from the loader. (n, …)

        None where they only number the batch, as contrastive losses want it.
        """
        labels = self.labels
        if labels is None and self.drawn is not None:
            labels = self.drawn.labels(self.inputs)
        if labels is None or _number_the_batch(labels, self.size):
            return None
        return _of_examples(labels, self.size, WIDEST_LABEL)

    def answers(self, *, directly: bool = True) -> Tensor | None:
        """One row an example: what the loss was given; without one, what the network answers directly. (n, K)"""
        scores = self.scores if self.scores is not None or not directly else self.outputs
        found = _of_examples(scores, self.size, WIDEST_OUTPUT)
        return None if found is None else found.float()


def answers_directly(outputs: Tensor | None, scores: Tensor) -> bool:
    """Whether a loss was given what the network answered, or what has its maximum at the same class.

    Where the answer of one network goes into the next, or another part of it into the loss, it is something else.
    """
    if outputs is None or outputs.numel() != scores.numel():
        return False
    if outputs.untyped_storage().data_ptr() == scores.untyped_storage().data_ptr():
        return True
    if outputs.shape != scores.shape or scores.dim() < 2 or scores.shape[-1] < 2:
        return False
    return bool((outputs.argmax(-1) == scores.argmax(-1)).float().mean() >= SAME_CLASS)


def names_classes(labels: Tensor, others: Tensor | None) -> bool:
    """Whether these labels are classes, and those of another loss of the same batch are none: a reconstruction."""
    return not labels.is_floating_point() and others is not None and others.is_floating_point()


def is_part(part: int, module: torch.nn.Module) -> bool:
    """Whether the module with this id stands within another one."""
    return part != id(module) and any(id(one) == part for one in module.modules())


def beside(inputs: Tensor, given: Sequence[Any], named: Mapping[str, Any]) -> Iterator[Tensor]:
    """What else goes into the network for each example; masks and labels are no inputs."""
    arguments = [("", value) for value in given] + list(named.items())
    for name, value in arguments:
        if (
            type(value) is Tensor and value is not inputs and value.dim() and len(value) == len(inputs)
            and value.grad_fn is None and not NO_INPUT.search(name) and value.dtype in KEPT
            and value.dtype is not torch.bool
        ):  # fmt: skip
            yield value


def _number_the_batch(labels: Tensor, size: int) -> bool:
    """0, 1, 2 …"""
    if labels.shape != (size,) or size <= 2 or labels.is_floating_point() or labels.dtype is torch.bool:
        return False
    return torch.equal(labels.cpu().long(), torch.arange(size))


def _of_examples(values: Tensor | None, size: int, widest: int) -> Tensor | None:
    """A tensor as one row an example; None where it has no such form or is too wide."""
    if values is None or not values.numel() or values.numel() % size or values.numel() // size > widest:
        return None
    if len(values) != size if values.dim() else True:
        if values.dim() and len(values) % size == 0:  # a label for each place of a sequence
            return values.reshape(size, -1)
        return None
    return values
