"""Over which axis every softmax is taken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from unstuck.core.outcome import TooLittle
from unstuck.preflight.context import Context
from unstuck.preflight.state import Module, Tensor
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.behaviour import SoftmaxCall, Softmaxes
from unstuck.watch.source import Frames, where

TITLE = "axes of softmax"
MEASURES: tuple[type[ProbeEvent], ...] = (Softmaxes,)
SHARE = 0.0
NAMES = ("softmax", "log_softmax", "_softmax", "softmin")
DEFAULT_OF = {0: 0, 1: 0, 3: 0}
"""dimensions → axis that torch guesses; 1 for all others"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """One forward with every call of it noted."""
    batch = context.batch
    size = batch.size
    if size < 2:
        raise TooLittle("a batch of two examples or more, on the same axis as its targets")
    spy = _Spy(context, size, batch.axis or 0)
    handles = []
    for network in context.networks:
        for module in network.modules():
            handles.append(module.register_forward_pre_hook(spy.enter))
            handles.append(module.register_forward_hook(spy.leave, always_call=True))
    try:
        with torch.no_grad(), spy:
            batch.loss()
    finally:
        for handle in handles:
            handle.remove()
    yield Softmaxes(calls=tuple(dict.fromkeys(spy.calls)))


class _Spy(TorchFunctionMode):
    """Notes the calls of softmax while it is active."""

    def __init__(self, context: Context, size: int, axis: int) -> None:
        super().__init__()
        self.context, self.size, self.axis = context, size, axis
        self.calls: list[SoftmaxCall] = []
        self.stack: list[Module] = []
        self.frames = Frames()

    def enter(self, module: Module, _: Any) -> None:
        """A module is called."""
        self.stack.append(module)

    def leave(self, module: Module, *_: Any) -> None:
        """It has returned."""
        if self.stack:
            self.stack.pop()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call it, and note its axis."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        tensor = args[0] if args else kwargs.get("input")
        if name in NAMES and isinstance(tensor, Tensor):
            given = kwargs.get("dim", args[1] if len(args) > 1 else None)
            axes = tensor.dim()
            dim = int(given) if isinstance(given, int) else DEFAULT_OF.get(axes, 1)
            likely = (at for at in dict.fromkeys((0, self.axis)) if at < axes)
            batch = next((at for at in likely if tensor.shape[at] == self.size), None)
            place = where(self.frames.location(self.frames.user_frame(sys._getframe(1))))
            inside = self.stack[-1] if self.stack else None
            self.calls.append(SoftmaxCall(
                layer=None if inside is None else self.context.names.get(id(inside)), shape=tuple(tensor.shape),
                dim=dim % max(1, axes), batch=batch, guessed=given is None, **place,
            ))  # fmt: skip
        return func(*args, **kwargs)
