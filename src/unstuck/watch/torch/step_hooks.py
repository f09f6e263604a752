"""What stands between the user and his next step: the calls that every training step makes to us.

Between two steps the program's own data has pushed ours out of the processor's caches, so every function that is
called and every object that is touched costs a microsecond, not a hundredth of one. A step that is like the one
before it (same line, same network, not sampled) makes two, at the beginning of its backward and at the end of its
step, and is written down here, in one function each; all else goes the long way.
"""

from __future__ import annotations

import math
from sys import _getframe
from threading import get_ident
from time import perf_counter
from typing import Any, ClassVar

import torch

from unstuck.record.schema import Kind
from unstuck.watch.torch.handler import Owner
from unstuck.watch.torch.state import ALL_HEARD

Tensor = torch.Tensor
BACKWARD = int(Kind.BACKWARD)
STEP = int(Kind.STEP)


class StepHooks:
    """The handlers of backward and step."""

    __slots__ = ("owner",)
    hears_ends: ClassVar[bool] = False
    """whether the end of every backward is heard, that of a usual one too"""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner

    def before_backward(self, tensors: Any, gradients: Any, retain: Any, *_: Any) -> bool | None:
        """True for an outermost backward, False for a nested one, None where its end need not be heard."""
        owner = self.owner
        recorder = owner.recorder or owner.begin()
        if recorder is None:
            return None
        try:
            if (
                type(tensors) is Tensor and gradients is None and not retain
                and not recorder.depth and not recorder.in_step and not recorder.several and not recorder.pending
                and recorder.scaled is None and recorder.sampled is None
                and (recorder.optimizers or recorder.index < recorder.schedule.next_index)
                and recorder.index + 1 != ALL_HEARD and not recorder.nested and not recorder.deferred
                and not self.hears_ends and get_ident() == recorder.thread and recorder.index < recorder.ledger_at
            ):  # fmt: skip
                frame = _getframe(3)  # above us: torch.autograd.backward, Tensor.backward, the user
                entry = recorder.series.get((id(frame.f_code), frame.f_lasti))
                if (
                    entry is not None and entry.generation == recorder.generation
                    and entry.made == recorder.registry.made and tensors.is_cpu and not tensors.dim()
                ):  # fmt: skip
                    value = tensors.item()
                    if value - value == 0.0:
                        part = recorder.part
                        index = recorder.index
                        recorder.finite = True
                        recorder.last_series = entry
                        recorder.index = index + 1
                        part.timeline.append(BACKWARD, perf_counter() - part.began, value, index, entry.number)
                        return None
            return recorder.before_backward(tensors, gradients, retain)
        except BaseException as error:
            owner.fail(error)
            return None

    def after_backward(self, token: bool | None, *_: Any) -> None:
        """It has ended, or raised."""
        recorder = self.owner.recorder
        if recorder is None or token is None:
            return
        try:
            recorder.after_backward(token)
        except BaseException as error:
            self.owner.fail(error)

    def before_step(self, optimizer: Any, *_: Any) -> None:
        """Global pre-hook of every optimiser, in place where `Recorder.hear_steps` asks for it."""
        recorder = self.owner.recorder
        if recorder is None:
            return
        try:
            if recorder.other_threads and get_ident() != recorder.thread:
                return
            recorder.in_step += 1
            if recorder.sampled is not None:
                recorder.before_step(optimizer)
        except BaseException as error:
            self.owner.fail(error)

    def after_step(self, optimizer: Any, *_: Any) -> None:
        """Global post-hook: the step is complete."""
        recorder = self.owner.recorder
        if recorder is None:
            return
        try:
            if recorder.other_threads and get_ident() != recorder.thread:
                recorder.book.stepped_elsewhere(optimizer)
                return
            groups = optimizer.param_groups
            entry = recorder.optimizers.get(id(optimizer))
            if (
                entry is None or entry.optimizer() is not optimizer or recorder.sampled is not None
                or recorder.index >= recorder.schedule.next_index or not groups
            ):  # fmt: skip
                recorder.after_step(optimizer)
                return
            if recorder.in_step:
                recorder.in_step -= 1
            entry.steps += 1
            rate = groups[0].get("lr", math.nan)
            part = recorder.part
            part.timeline.append(STEP, perf_counter() - part.began, rate, recorder.index, entry.number)
        except BaseException as error:
            self.owner.fail(error)
