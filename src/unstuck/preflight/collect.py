"""The first batches of a loader, as batches that can be run again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import torch

from unstuck.core.errors import UsageError
from unstuck.preflight.batch import PairBatch
from unstuck.preflight.state import Module, generators, set_generators

MOST_ELEMENTS = 1 << 27
"""of all batches together that are kept"""


@dataclass
class Collected:
    """The first batches, and how long each took to read."""

    batches: list[PairBatch] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def collect(network: Module, loss: Callable[[Any, Any], Any], data: Any, most: int, what: str) -> Collected:
    """Read batches, on the device of the network; the random generators are as before.

    Raises:
        UsageError: it gives no pairs, or nothing.
    """
    found = Collected()
    states = generators()
    own = getattr(data, "generator", None)
    own_state = own.get_state() if isinstance(own, torch.Generator) else None
    parameter = next(network.parameters(), None)
    device = parameter.device if parameter is not None else torch.device("cpu")
    elements = 0
    try:
        for batch, seconds in islice(_timed(_iterated(data, what)), most):
            given, target = _pair(batch, what)
            made = PairBatch.of(network, loss, _on(given, device), _on(target, device))
            elements += sum(one.numel() for one in (*made.inputs, *made.targets))
            found.batches.append(made)
            found.seconds.append(seconds)
            if elements > MOST_ELEMENTS:
                break
    finally:
        set_generators(states)
        if own_state is not None and isinstance(own, torch.Generator):
            own.set_state(own_state)
    if not found.batches:
        raise UsageError(f"{what} must give batches, and gave none.")
    return found


def _timed(batches: Iterable[Any]) -> Iterator[tuple[Any, float]]:
    began = time.perf_counter()
    for batch in batches:
        yield batch, time.perf_counter() - began
        began = time.perf_counter()


def _iterated(data: Any, what: str) -> Iterable[Any]:
    if isinstance(data, torch.utils.data.Dataset):
        raise UsageError(f"{what} must give batches, and a data set gives examples: `DataLoader(data, batch_size=…)`.")
    if isinstance(data, Iterator):
        raise UsageError(
            f"{what} can be read only once, so its first batches would be missing in your training. "
            "Give a DataLoader or a list of batches."
        )
    if isinstance(data, torch.Tensor) or not hasattr(data, "__iter__"):
        raise UsageError(
            f"{what} must give pairs (input, target) of batches: a DataLoader or a list. Got {type(data).__name__}."
        )
    found: Iterable[Any] = data
    return found


def _pair(batch: Any, what: str) -> tuple[Any, Any]:
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    held = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
    raise UsageError(f"{what} must give pairs (input, target). Got a {type(batch).__name__}{held}.")


def _on(value: Any, device: torch.device) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().to(device)
    if isinstance(value, dict):
        return {key: _on(item, device) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_on(item, device) for item in value)
    return value
