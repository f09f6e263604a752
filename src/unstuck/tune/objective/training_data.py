"""The data that our own loop trains on: arrays, data sets, loaders, or a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.core.errors import UsageError

HELD_OUT = 0.2
"""share of the examples that is held out where no validation data is given"""
EXPECTED = (
    "a pair (X, y), a torch Dataset or DataLoader of such pairs, a dictionary {'train': …, 'val': …}, "
    "or a table with --target"
)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Training and held-out examples: a pair of tensors, or a loader, each."""

    train: Any
    held_out: Any

    def batches(self, size: int) -> Iterator[tuple[Any, Any]]:
        """Training batches, in a new order each time."""
        import torch

        if not isinstance(self.train, tuple):
            yield from map(_pair, self.train)
            return
        x, y = self.train
        order = torch.randperm(len(x))
        for at in range(0, len(x), size):
            chosen = order[at : at + size]
            yield x[chosen], y[chosen]

    def held_out_batches(self, size: int = 1024) -> Iterator[tuple[Any, Any]]:
        """Held-out batches, in order."""
        if not isinstance(self.held_out, tuple):
            yield from map(_pair, self.held_out)
            return
        x, y = self.held_out
        for at in range(0, len(x), size):
            yield x[at : at + size], y[at : at + size]


def _pair(batch: Any) -> tuple[Any, Any]:
    if isinstance(batch, list | tuple) and len(batch) == 2:
        return batch[0], batch[1]
    raise UsageError(f"A batch of the data is of type {type(batch).__name__}. Expected a pair of inputs and targets.")


def training_data(train: object, val: object = None, *, target: str | None = None, seed: int = 0) -> TrainingData:
    """From what was given.

    Raises:
        UsageError: it is nothing that the loop could train on.
    """
    if isinstance(train, str | Path):
        return _from_text(str(train), val, target, seed)
    if isinstance(train, Mapping):
        val = next((train[name] for name in ("val", "valid", "validation", "test") if name in train), val)
        if "train" not in train:
            raise UsageError(f"The data has the keys {', '.join(map(str, train))}. Expected 'train' and 'val'.")
        return training_data(train["train"], val, seed=seed)
    first, second = _tensors(train), _tensors(val)
    if (
        first is None
        and hasattr(train, "__getitem__")
        and hasattr(train, "__len__")
        and not hasattr(train, "batch_size")
    ):
        first = _stacked(train)
    if second is None and val is not None and hasattr(val, "__getitem__") and not hasattr(val, "batch_size"):
        second = _stacked(val)
    if first is None and not hasattr(train, "__iter__"):
        raise UsageError(f"The data is of type {type(train).__name__}. Expected {EXPECTED}.")
    if val is None:
        if first is None:
            raise UsageError(
                "A loader needs held-out data beside it. Give it with --val, or as {'train': …, 'val': …}."
            )
        first, second = _divided(first, seed)
    return TrainingData(train if first is None else first, val if second is None else second)


def _tensors(data: object) -> tuple[Any, Any] | None:
    """A pair of arrays as tensors; None for anything else."""
    import torch

    if not isinstance(data, list | tuple) or len(data) != 2 or any(not hasattr(one, "__len__") for one in data):
        return None
    if isinstance(data[0], tuple):  # ((X, y), (X_val, y_val)) or a list of batches
        return None
    x, y = (one if isinstance(one, torch.Tensor) else torch.as_tensor(np.asarray(one)) for one in data)
    if len(x) != len(y):
        raise UsageError(f"The data has {len(x)} inputs and {len(y)} targets. Give one target for each input.")
    return (x.float() if x.is_floating_point() else x), (y.float() if y.is_floating_point() else y.long())


def _stacked(data: Any) -> tuple[Any, Any]:
    import torch

    pairs = [_pair(data[at]) for at in range(len(data))]
    return (
        torch.stack([torch.as_tensor(x) for x, _ in pairs]), torch.stack([torch.as_tensor(y) for _, y in pairs]),
    )  # fmt: skip


def _divided(data: tuple[Any, Any], seed: int) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    x, y = data
    order = np.random.default_rng(seed).permutation(len(x))
    held = max(1, round(HELD_OUT * len(x)))
    return (x[order[held:]], y[order[held:]]), (x[order[:held]], y[order[:held]])


def _from_text(text: str, val: object, target: str | None, seed: int) -> TrainingData:
    """From ``module:attribute`` or a file."""
    from unstuck.audit.sources.modules import attribute, is_spelled

    if is_spelled(text):
        found = attribute(text)
        if isinstance(found, tuple) and len(found) == 2 and not hasattr(found[0], "dtype") and val is None:
            return training_data(found[0], found[1], seed=seed)
        other = attribute(val) if isinstance(val, str) and is_spelled(val) else val
        return training_data(found, other, seed=seed)
    return _from_table(text, val, target, seed)


def _from_table(path: str, val: object, target: str | None, seed: int) -> TrainingData:
    from unstuck.analysis.data.sample import DataSet
    from unstuck.audit.settings import AuditSettings
    from unstuck.audit.sources.read import read
    from unstuck.audit.splits import splits_of
    from unstuck.baseline.problem import problem_of

    reading = AuditSettings(target=() if target is None else (target,), seed=seed)
    loaded = read(splits_of(path, val, None), reading, lambda *_: None)
    problem = problem_of(DataSet(samples=tuple(one.sample for one in loaded)), 10**9, seed)
    mean = problem.train.x.mean(axis=0)
    spread = problem.train.x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)

    def pair(part: Any) -> tuple[Any, Any]:
        return (part.x - mean) / spread if problem.standardise else part.x, part.y

    held = pair(problem.held_out[0]) if problem.held_out else None
    return training_data(pair(problem.train), held, seed=seed)
