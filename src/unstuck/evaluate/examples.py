"""The examples that a model is given, in batches that can be made again in another order and size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(eq=False, kw_only=True)
class Examples(ABC):
    """Inputs and labels of one split."""

    truth: Array | None = None
    """(n,) or (n, …); None where the source has no labels"""
    classes: tuple[str, ...] | None = None
    """names in the order of the model's outputs, where the source says so"""
    label_names: tuple[str, ...] | None = None
    """names of the codes in ``truth``, where the labels are names: the model decides which output is which"""
    names: tuple[str, ...] | None = None
    """path of each example"""
    notes: list[str] = field(default_factory=list)

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def batch(self, rows: Sequence[int]) -> Any:
        """The inputs of these examples, as the model takes them."""

    def raw(self, rows: Sequence[int]) -> Any:
        """The same before the user's preparation, as far as it is known: what an edit changes."""
        return self.batch(rows)

    def made(self, raw: Any) -> Any:
        """What ``raw`` gave, edited or not, as the model takes it."""
        return raw

    def together(self, rows: Sequence[int]) -> bool:
        """Whether these can be in one batch."""
        return True

    def batches(self, size: int) -> Iterator[tuple[list[int], Any]]:
        """All examples in their order: positions and inputs."""
        for first in range(0, len(self), size):
            rows = list(range(first, min(len(self), first + size)))
            yield rows, self.batch(rows)

    def values(self) -> Array | None:
        """The inputs as one array (n, …), for simple models and slices; None where they are no arrays of one shape."""
        return None

    def table(self) -> Any:
        """The same, or a frame whose columns have names and types."""
        return self.values()


@dataclass(eq=False, kw_only=True)
class ArrayExamples(Examples):
    """Inputs in one array."""

    x: Array
    make: Callable[[Array], Any] = field(default=lambda batch: batch)
    """a batch as the model takes it"""

    def __len__(self) -> int:
        return len(self.x)

    def batch(self, rows: Sequence[int]) -> Any:
        return self.made(self.raw(rows))

    def raw(self, rows: Sequence[int]) -> Any:
        return self.x[np.asarray(rows)]

    def made(self, raw: Any) -> Any:
        return self.make(raw)

    def values(self) -> Array | None:
        return self.x


@dataclass(eq=False, kw_only=True)
class LoadedExamples(Examples):
    """Batches of tensors that a loader gave, nested as the model takes them."""

    loaded: list[tuple[list[Any], Any]]
    """tensors of each batch, and how they are nested"""
    sizes: list[int]

    def __post_init__(self) -> None:
        ends = np.cumsum(self.sizes)
        self._of = np.repeat(np.arange(len(self.sizes)), self.sizes)
        self._inside = np.arange(ends[-1]) - np.repeat(ends - self.sizes, self.sizes)
        self._joined = self._join()

    def __len__(self) -> int:
        return sum(self.sizes)

    def _join(self) -> list[Any] | None:
        """All tensors, one after another; None where their shapes differ, or some are no tensors of examples."""
        import torch

        first = self.loaded[0][0]
        for (tensors, _), size in zip(self.loaded, self.sizes, strict=True):
            if len(tensors) != len(first):
                return None
            for one, other in zip(tensors, first, strict=True):
                if not isinstance(one, torch.Tensor) or not one.dim() or len(one) != size:
                    return None
                if one.shape[1:] != other.shape[1:]:
                    return None
        return [torch.cat([tensors[at] for tensors, _ in self.loaded]) for at in range(len(first))]

    def together(self, rows: Sequence[int]) -> bool:
        return self._joined is not None or len(set(self._of[np.asarray(rows)])) == 1

    def batch(self, rows: Sequence[int]) -> Any:
        import torch
        from torch.utils import _pytree

        at = np.asarray(rows)
        if self._joined is not None:
            index = torch.as_tensor(at)
            return _pytree.tree_unflatten([one[index] for one in self._joined], self.loaded[0][1])
        number = int(self._of[at[0]])
        tensors, shape = self.loaded[number]
        index = torch.as_tensor(self._inside[at])
        taken = [
            one[index] if isinstance(one, torch.Tensor) and one.dim() and len(one) == self.sizes[number] else one
            for one in tensors
        ]
        return _pytree.tree_unflatten(taken, shape)

    def batches(self, size: int) -> Iterator[tuple[list[int], Any]]:
        if self._joined is not None:
            yield from super().batches(size)
            return
        first = 0
        for number in range(len(self.sizes)):
            rows = list(range(first, first + self.sizes[number]))
            first += self.sizes[number]
            yield rows, self.batch(rows)

    def values(self) -> Array | None:
        if self._joined is None or len(self._joined) != 1:
            return None
        return np.asarray(self._joined[0].detach().cpu().numpy())
