"""Measures gradients, weights and updates within a sampled step."""

from __future__ import annotations

import threading

import torch

from unstuck.record import schema
from unstuck.record.events import RAW_LEAVES
from unstuck.watch.torch.description import Description
from unstuck.watch.torch.graph_traversal import Walk
from unstuck.watch.torch.optimizers import OptimizerBook
from unstuck.watch.torch.quiet import Quiet
from unstuck.watch.torch.sampled_step import (
    MAX_BACKWARDS,
    Gradients,
    SampledStep,
    first_gradient,
    gradient_norm,
    has_moved,
    histogram,
    parameter_rows,
    update_row,
)
from unstuck.watch.torch.state import State
from unstuck.watch.torch.summary import summarise
from unstuck.watch.torch.tracked_objects import OptimizerEntry

HISTOGRAM_EVERY = 8
"""of so many sampled steps one has histograms"""


class Measurement:
    """What optimisers, or the user's own hand, do to the parameters."""

    def __init__(self, state: State, book: OptimizerBook, description: Description) -> None:
        self.state = state
        self.book = book
        self.description = description

    def moved_by_hand(self, sampled: SampledStep) -> bool:
        """Whether a step has been made without an optimiser; where there is one, it may yet do so."""
        if not any(entry.optimizer() is not None for entry in self.state.optimizers.values()):
            return True
        with Quiet(self.state):
            return any(has_moved(parameter, before) for parameter, before, _ in sampled.before.get(RAW_LEAVES, ()))

    def optimizers_of(self, found: Walk | None) -> list[OptimizerEntry]:
        """The optimisers whose gradients may be read at this backward.

        While threads run beside ours, only those whose parameters the loss reaches: autograd of another thread may be
        putting a gradient in place, and to read it at that moment crashes the process.
        """
        entries = [entry for entry in self.state.optimizers.values() if not entry.elsewhere]
        if threading.active_count() == 1:
            return entries
        reached = {self.state.registry.number(leaf) for leaf in found.leaves.values()} if found else set()
        return [entry for entry in entries if entry.parameters & reached]

    def enter(self, sampled: SampledStep, entry: OptimizerEntry) -> None:
        """Were the optimiser's gradients clean when this backward began?"""
        optimizer = entry.optimizer()
        if optimizer is None:
            return
        seen = sampled.gradients.setdefault(entry.number, Gradients())
        if seen.stepped or seen.entries >= MAX_BACKWARDS:
            return
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        norm, _, _ = gradient_norm(parameters)
        seen.entries += 1
        if norm == 0.0:
            seen.clean += 1
        elif seen.entries == 1:
            seen.stale_norm = norm

    def left(self, sampled: SampledStep) -> None:
        """A backward has ended: what are the gradients that it leaves?"""
        for entry in self.state.optimizers.values():
            seen, optimizer = sampled.gradients.get(entry.number), entry.optimizer()
            if seen is not None and not seen.stepped and optimizer is not None:
                seen.left = first_gradient(p for group in optimizer.param_groups for p in group["params"])

    def raw_leaves(self, sampled: SampledStep) -> None:
        moved = []
        with Quiet(self.state):
            for what, name, row in sampled.raw:
                sampled.rows.append((self.description.place(sampled.training, what, name, name), row))
            sampled.raw.clear()
            kept = sampled.before.pop(RAW_LEAVES, [])
            weights = summarise([parameter for parameter, _, _ in kept])
            for (parameter, before, weight), now in zip(kept, weights, strict=True):
                name = sampled.leaf_names[id(parameter)]
                sampled.rows.append((self.description.place(sampled.training, "weight", name, name), now))
                row = update_row(parameter, before, weight)
                sampled.rows.append((self.description.place(sampled.training, "update", name, name), row))
                if row[6] != 0.0:
                    moved.append(id(parameter))
        if moved:
            stale, norm = (
                sum(norms.get(one, 0.0) ** 2 for one in moved) ** 0.5 for norms in (sampled.stale, sampled.fresh)
            )
            sampled.gradients[RAW_LEAVES] = Gradients(
                entries=sampled.backwards, clean=int(stale == 0.0), stale_norm=stale, stepped=True,
                parameters=len(sampled.leaves), norm=norm, moved=len(moved),
            )

    def step(self, sampled: SampledStep, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        seen = sampled.gradients.setdefault(entry.number, Gradients())
        if seen.stepped:
            return
        self._not_by_hand(sampled)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        seen.stepped = True
        seen.parameters = len(parameters)
        seen.norm, seen.none, seen.zero = gradient_norm(parameters)
        seen.intact = seen.left is not None and seen.left == first_gradient(parameters)
        state = self.state.trainings.of_optimizer(entry.number)
        training = state.number if state is not None else sampled.training
        self.book.describe(entry, training)
        kept = sampled.before.pop(entry.number, [])
        weights, gradients = parameter_rows([p for p, _, _ in kept]) if kept else ([], [])
        with_histograms = self.state.schedule.windows % HISTOGRAM_EVERY == 0
        for (parameter, before, weight), row, gradient in zip(kept, weights, gradients, strict=True):
            update = update_row(parameter, before, weight)
            seen.moved += update[6] != 0.0
            name, layer = self.description.parameter_name(parameter, entry)
            told = (("weight", row, parameter), ("gradient", gradient, parameter.grad), ("update", update, None))
            for what, values, tensor in told:
                if values is None:
                    continue
                number = self.state.registry.number(parameter)
                place = self.description.place(training, what, name, layer, parameter=number)
                sampled.rows.append((place, values))
                if with_histograms and tensor is not None and self._room():
                    sampled.histograms.append((place, histogram(tensor)))

    def _not_by_hand(self, sampled: SampledStep) -> None:
        """An optimiser has stepped: of the raw leaves only those are told that it does not hold."""
        sampled.raw.clear()
        held = {p for entry in self.state.optimizers.values() for p in entry.parameters}
        registry = self.state.registry
        for leaf, _, _ in sampled.before.pop(RAW_LEAVES, ()):
            if registry.owner(leaf) is not None and registry.number(leaf) not in held:
                self.description.left_out(sampled, leaf)

    def _room(self) -> bool:
        return self.state.part.frame_bytes < schema.MAX_HISTOGRAM_BYTES
