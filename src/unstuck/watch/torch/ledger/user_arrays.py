"""Finds the user's own tensors and arrays in the variables above: what a batch was taken from, and its labels."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import FrameType
from typing import Any, NamedTuple

import torch

from unstuck.watch.source import Frames
from unstuck.watch.torch.names import held, user_frames
from unstuck.watch.torch.summary import has_values

Tensor = torch.Tensor
MAX_FRAMES = 4
LARGEST = 1 << 27
"""numbers in an array that is looked at"""


class Named(NamedTuple):
    """An array of the user's."""

    name: str
    values: Tensor
    frame: FrameType
    """that holds it; not to be kept"""
    value: Any = None
    """what the variable holds itself; not to be kept"""


def user_arrays(frame: FrameType | None, frames: Frames) -> Iterator[Named]:
    """The tensors and NumPy arrays that the user's frames hold, the innermost first; arrays as tensors of theirs.

    Of a function's globals, those that it names. What several variables hold comes several times.
    """
    for user in itertools.islice(user_frames(frame, frames), MAX_FRAMES):
        for name, value in itertools.chain(held(user), _globals(user)):
            values = _tensor(value)
            if values is not None and 0 < values.numel() <= LARGEST:
                yield Named(name, values, user, value)


def same_place(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors are the same numbers in memory."""
    return first.data_ptr() == second.data_ptr() and first.shape == second.shape


def _globals(frame: FrameType) -> Iterator[tuple[str, object]]:
    if frame.f_globals is frame.f_locals:
        return
    for name in frame.f_code.co_names:
        if name in frame.f_globals:
            yield name, frame.f_globals[name]


def _tensor(value: Any) -> Tensor | None:
    if type(value) is Tensor:
        usual = value.layout is torch.strided and value.is_cpu and value.dim() and has_values(value)
        return value.detach() if usual and not value.requires_grad else None
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray or value.dtype.kind not in "fiub" or not value.ndim:
        return None
    if not value.flags.writeable:  # torch warns of such
        return None
    try:
        return torch.from_numpy(value)
    except (TypeError, ValueError):
        return None


def labels_among(arrays: Sequence[Named], count: int, inputs: Iterable[str]) -> Tensor | None:
    """The labels of ``count`` examples, where the variables leave no doubt. (count,)

    Args:
        arrays: what the variables hold.
        count: number of examples.
        inputs: names of their inputs: ``y_test`` goes with ``X_test``.
    """
    found: dict[int, list[Named]] = {}
    for named in arrays:
        if named.values.shape[:1] == (count,) and _may_be_labels(named.values):
            found.setdefault(named.values.data_ptr(), []).append(named)
    if len(found) > 1:
        endings = {_ending(name) for name in inputs}
        found = {at: some for at, some in found.items() if endings & {_ending(named.name) for named in some}}
    return next(iter(found.values()))[0].values.reshape(count) if len(found) == 1 else None


def _may_be_labels(values: Tensor) -> bool:
    if values.numel() != len(values) or values.dtype in (torch.uint8, torch.bool) or len(values) < 2:
        return False
    if values.is_floating_point():
        return True
    return 1 < len(torch.unique(values)) <= max(2, len(values) // 2)  # an order of rows has as many values as rows


def _ending(name: str) -> str:
    """What tells ``X_test`` from ``X_train``: the name without its first letter, in lower case."""
    return name.lower()[1:].lstrip("_")
