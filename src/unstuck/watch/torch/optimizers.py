"""The optimisers of a process: found as they are made or step, described once it is known whom they serve."""

from __future__ import annotations

import weakref
from itertools import count
from types import FrameType
from typing import Any

import torch

from unstuck.record import events
from unstuck.watch.source import where
from unstuck.watch.torch.state import State
from unstuck.watch.torch.tracked_objects import OptimizerEntry, hyper_parameters


class OptimizerBook:
    """Who optimises what."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.numbers = count()
        """of optimisers: no two share one, though one may live where another has died"""

    def made(self, optimizer: Any, frame: FrameType | None) -> None:
        """``Optimizer.__init__`` has returned."""
        known = self.state.optimizers.get(id(optimizer))
        if getattr(optimizer, "param_groups", None) is None or (
            known is not None and known.optimizer() is optimizer
        ):
            return
        if known is not None:
            self.state.retired.append(known)
        place = self.state.frames.location(self.state.frames.maker_frame(frame, optimizer))
        self.state.generation += 1
        held = {self.state.registry.number(p) for group in optimizer.param_groups for p in group["params"]}
        self.state.alive += 1
        self.state.several = self.state.alive - 1
        weakref.finalize(optimizer, self._gone).atexit = False
        entry = OptimizerEntry(
            next(self.numbers), weakref.ref(optimizer), held,
            where(place), self.state.index, self.state.registry.loads,
        )
        # Another thread may be going through it.
        self.state.optimizers = {**self.state.optimizers, id(optimizer): entry}
        self.describe(entry, None)
        self.state.hear_steps(True)

    def _gone(self) -> None:
        self.state.alive -= 1
        self.state.several = max(0, self.state.alive - 1)

    def entry_of(self, optimizer: torch.optim.Optimizer) -> OptimizerEntry:
        """The entry of an optimiser, made where its constructor was not seen."""
        entry = self.state.optimizers.get(id(optimizer))
        if entry is None or entry.optimizer() is not optimizer:
            self.made(optimizer, None)
            entry = self.state.optimizers[id(optimizer)]
        return entry

    def describe(self, entry: OptimizerEntry, training: int | None) -> None:
        """Write the ``optimizer`` event, once it is known whom it serves."""
        optimizer = entry.optimizer()
        known = training is None or training == entry.training
        if optimizer is None or (entry.told and known and entry.hyper == hyper_parameters(optimizer)):
            return
        entry.told = True
        entry.training = training if training is not None else entry.training
        entry.hyper = hyper_parameters(optimizer)
        entry.parameters |= {self.state.registry.number(p) for group in optimizer.param_groups for p in group["params"]}
        event = events.Optimizer(
            step=self.state.index, id=entry.number, training=entry.training, class_name=type(optimizer).__name__,
            **entry.place, made_at=entry.made_at, groups=entry.hyper, parameters=tuple(sorted(entry.parameters)),
            by_group=self._by_group(optimizer), loads=entry.loads,
        )
        self.state.part.write(event, essential=True)

    def _by_group(self, optimizer: torch.optim.Optimizer) -> tuple[tuple[int, ...], ...]:
        """Which parameters each group holds, where there are several groups."""
        if len(optimizer.param_groups) < 2:
            return ()
        number = self.state.registry.number
        return tuple(tuple(number(p) for p in group["params"]) for group in optimizer.param_groups)

    def stepped_elsewhere(self, optimizer: torch.optim.Optimizer) -> None:
        """A step in a thread whose training is not recorded."""
        entry = self.state.optimizers.get(id(optimizer))
        if entry is not None and entry.optimizer() is optimizer:
            entry.elsewhere = True
