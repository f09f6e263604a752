"""Looks closely at a few steps: opens a sampled step, measures what passes through it, writes it down."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from threading import get_ident
from time import thread_time
from types import FrameType
from typing import Any

import torch

from unstuck.record import events, schema
from unstuck.record.events import RAW_LEAVES
from unstuck.record.schema import Kind
from unstuck.watch.source import where
from unstuck.watch.torch.description import MAX_EXAMPLES_TOLD, MAX_TRACKED, Description
from unstuck.watch.torch.graph_traversal import Walk, walk
from unstuck.watch.torch.held_graphs import HeldGraphs
from unstuck.watch.torch.losses import example_losses, loss_facts
from unstuck.watch.torch.measurement import Measurement
from unstuck.watch.torch.modes import Modes, depends_on_mode
from unstuck.watch.torch.nonfinite_origin import origin_of
from unstuck.watch.torch.optimizers import OptimizerBook
from unstuck.watch.torch.quiet import Quiet, busy, first_tensor, mark, resident_bytes
from unstuck.watch.torch.sampled_step import (
    MAX_BACKWARDS,
    MAX_OUTPUTS,
    MAX_WAITED,
    SampledStep,
    gradient_norm,
    histogram_columns,
    snapshot,
)
from unstuck.watch.torch.state import State
from unstuck.watch.torch.summary import describe, measure, readable, summarise
from unstuck.watch.torch.survives import survives
from unstuck.watch.torch.tracked_objects import OptimizerEntry, SeriesEntry
from unstuck.watch.torch.trainings import TrainingState

Tensor = torch.Tensor
TRACED_WINDOWS = (0, 2)
"""sampled steps in which autograd also notes the user's line of every operation (dear: some 50 us each)"""


class Sampler:
    """Begins and ends sampled steps, and measures what passes through them."""

    def __init__(self, state: State, book: OptimizerBook, *, layers: bool) -> None:
        self.state = state
        self.part = state.part
        self.layers = layers
        self.eval_calls: dict[int, int] = {}
        self.detached = 0
        self.over = False
        self.description = Description(state)
        self.measurement = Measurement(state, book, self.description)
        self.modes = Modes(state)
        self.held = HeldGraphs()
        self.active: set[int] = set()
        self.switch_modules: Callable[[bool], object] = bool

    # ---- opening and closing -------------------------------------------------------------------------

    def open(self) -> None:
        """From now on until the end of the next step everything is looked at."""
        if self.state.sampled is not None or self.over:
            return
        windows = self.state.schedule.windows
        self.state.quiet[0] = False
        self.state.hear_steps(True)
        self.state.sampled = SampledStep(self.state.index, traced=self.layers and windows in TRACED_WINDOWS)
        if self.layers:
            self.switch_modules(True)
            if self.state.sampled.traced and not torch.is_anomaly_enabled():
                torch.set_anomaly_enabled(True, False)
            else:
                self.state.sampled.traced = False

    def untrace(self) -> None:
        """Autograd no longer notes lines."""
        if self.state.sampled is not None and self.state.sampled.traced:
            self.state.sampled.traced = False
            torch.set_anomaly_enabled(False, True)

    @survives
    def close(self) -> None:
        """The step is over: write what was found."""
        sampled = self.state.sampled
        if sampled is None:
            return
        started = thread_time()
        self.untrace()
        self.switch_modules(False)
        self.state.sampled = None
        self.state.settle_down()
        if not self.state.batch_stays:
            self.state.batch = None
        if RAW_LEAVES in sampled.before:
            self.measurement.raw_leaves(sampled)
        if sampled.backwards:
            self._write(sampled)
        sampled.cost += thread_time() - started
        self.state.schedule.closed(self.state.index, sampled.cost)

    def close_last(self) -> None:
        """The program ends within a sampled step: write what there is, gradients as they stand."""
        if self.state.sampled is not None:
            self.close()

    def broke(self, error: Exception) -> None:
        """Measuring failed: no more sampled steps; losses and steps are recorded on."""
        self.discard()
        self.over = True
        trace = "".join(traceback.format_exception(error))[-3000:]
        failure = events.SamplingFailure(step=self.state.index, error=repr(error), trace=trace)
        self.part.write(failure, essential=True)
        self.state.note(f"layers and gradients are not seen from step {self.state.index} on: {error!r}")

    def discard(self) -> None:
        """Put everything back without writing."""
        self.untrace()
        self.switch_modules(False)
        self.state.sampled = None
        self.state.settle_down()

    def _write(self, sampled: SampledStep) -> None:
        if sampled.rows:
            places = [place for place, _ in sampled.rows]
            values = [value for _, row in sampled.rows for value in row]
            self.part.frame(schema.SUMMARY_FRAME, sampled.index, places, values, len(schema.SUMMARY))
        if sampled.histograms:
            places = [place for place, _ in sampled.histograms]
            values = [value for _, row in sampled.histograms for value in row]
            self.part.frame(schema.HISTOGRAM_FRAME, sampled.index, places, values, histogram_columns())
        entries = {entry.number: entry for entry in self.state.optimizers.values()}
        gradients = {
            number: seen.facts(entries[number].zeroed if number in entries else 0)
            for number, seen in sampled.gradients.items()
        }
        planted, kept, oldest = self.held.earlier(sampled.index)
        step = events.SampledStep(
            step=sampled.index, training=sampled.training, backward_calls=sampled.backwards, optimizers=gradients,
            cost=sampled.cost, memory=resident_bytes(), nodes=sampled.nodes, graphs_planted=planted, graphs_kept=kept,
            oldest_graph=oldest,
        )
        self.part.write(step)

    @survives
    def due(self) -> None:
        """Open a sampled step if the schedule says so; called at the end of a step."""
        state = self.state
        if state.schedule.due(state.index, state.part.seconds()):
            self.open()

    # ---- forward -------------------------------------------------------------------------------------

    @survives
    def module_called(self, module: torch.nn.Module, result: Any) -> None:
        """A module has returned from its forward (sampled steps only)."""
        sampled = self.state.sampled
        if sampled is None or self.state.measuring or self.state.depth or busy():
            return
        if sampled.thread is None:
            sampled.thread = self.state.thread or get_ident()
        if sampled.thread != get_ident():
            return
        started = thread_time()
        self.state.registry.know(module)
        output = first_tensor(result)
        if output is not None and output.grad_fn is not None:
            mark(output.grad_fn, module)
        if torch.is_grad_enabled() and depends_on_mode(module) is not None:
            sampled.modes[id(module)] = module.training
        if module._modules or not torch.is_grad_enabled():
            if not module._modules and module.training:
                sampled.ungraded[id(module)] = None
            return
        if output is None or id(module) in sampled.outputs or len(sampled.outputs) >= MAX_OUTPUTS:
            return
        if readable(output):
            with self.quiet():
                sampled.outputs[id(module)] = measure(output.detach())
        sampled.cost += thread_time() - started

    def quiet(self) -> Any:
        """Our own operations are not recorded by autograd and not seen by us."""
        return Quiet(self.state)

    # ---- losses --------------------------------------------------------------------------------------

    @survives
    def loss_called(self, function: str, result: Tensor, arguments: tuple[Any, ...], frame: FrameType) -> None:
        """A loss function that carries a gradient has returned within a sampled step."""
        sampled = self.state.sampled
        if sampled is None or self.state.measuring or sampled.backwards >= MAX_BACKWARDS or busy():
            return
        started = thread_time()
        with self.quiet():
            facts = loss_facts(function, arguments)
            losses = example_losses(function, arguments)
        place = where(self.state.frames.location(frame))
        sampled.calls.append((result.grad_fn, facts, place, losses))
        sampled.cost += thread_time() - started

    @survives
    def eval_loss(self, function: str, arguments: tuple[Any, ...], series: int) -> None:
        """A loss without a gradient: looked at the first times, then ever more rarely."""
        seen = self.eval_calls.get(series, 0)
        self.eval_calls[series] = seen + 1
        if (seen & (seen - 1) and seen % 64) or busy():  # 0, 1, 2, 4, 8 … and every 64th
            return
        started = thread_time()
        with self.quiet():
            facts = loss_facts(function, arguments)
        current = self.state.current
        training = current.number if current else 0
        self.part.write(replace(facts, step=self.state.index, training=training, series=series, phase="eval"))
        self.state.schedule.spent += thread_time() - started

    @survives
    def detached_loss(self, function: str, result: Tensor, arguments: tuple[Any, ...], frame: FrameType) -> None:
        """A loss was computed with gradients on, and carries none: the graph is cut before it."""
        self.detached += 1
        if self.detached & (self.detached - 1) or self.state.measuring:
            return
        given = arguments[0] if arguments else None
        current = self.state.current
        detached = events.Detached(
            step=self.state.index, training=current.number if current else None, function=function,
            count=self.detached, input=describe(given) if isinstance(given, Tensor) else None,
            training_mode=self._training_mode(), **where(self.state.frames.location(frame)),
        )
        self.part.write(detached)

    def _training_mode(self) -> bool | None:
        """Whether any network is in training mode; None where there is no network."""
        roots = self.state.registry.roots()
        return any(root.training for root in roots) if roots else None

    # ---- backward ------------------------------------------------------------------------------------

    @survives
    def before_backward(self, loss: Tensor, frame: FrameType | None) -> Walk | None:
        """Before an outermost backward: walk the graph if a sampled step is open."""
        sampled = self.state.sampled
        if sampled is None:
            return None
        if sampled.backwards >= MAX_BACKWARDS:
            sampled.backwards += 1
            return None
        if sampled.backwards and self.state.bare() and self.measurement.moved_by_hand(sampled):
            # No optimiser closes the step: the next backward does.
            self.close()
            self.due()
            sampled = self.state.sampled
            if sampled is None:
                return None
        started = thread_time()
        if sampled.thread not in (None, get_ident()):
            sampled.outputs.clear()
            sampled.ungraded.clear()
        self.untrace()
        with self.quiet():
            found = walk(loss.grad_fn) if loss.grad_fn is not None else None
            for entry in self.measurement.optimizers_of(found):
                self.measurement.enter(sampled, entry)
            if found is not None:
                sampled.nodes = max(sampled.nodes, len(found.nodes))
                self.held.plant(found, sampled.index)
        sampled.backwards += 1
        sampled.cost += thread_time() - started
        return found

    @survives
    def announce(self, state: TrainingState, found: Walk | None, frame: FrameType | None) -> None:
        """The series of the backward is known: tell models, graph, losses and inputs of the sampled step."""
        started = thread_time()
        with self.quiet():
            self.description.models(state, found, frame)
            sampled = self.state.sampled
            if sampled is not None and found is not None:
                sampled.training = state.number if sampled.training is None else sampled.training
                self.description.describe(sampled, state, found, frame)
                self.modes.tell(sampled, state, list(found.leaves.values()))
        if self.state.sampled is not None:
            self.state.sampled.cost += thread_time() - started

    @survives
    def after_backward(self) -> None:
        """After an outermost backward: raw tensors have their gradients now."""
        sampled = self.state.sampled
        if sampled is None:
            return
        if sampled.gradients and not self.state.in_step:
            self.measurement.left(sampled)
        if sampled.leaves and RAW_LEAVES not in sampled.before and self.state.bare():
            started = thread_time()
            with self.quiet():
                parameters = list(sampled.leaves.values())
                sampled.before[RAW_LEAVES] = snapshot(parameters)
                with_gradient = [p for p, _, _ in sampled.before[RAW_LEAVES] if readable(p.grad)]
                gradients = summarise([p.grad for p in with_gradient if p.grad is not None])
                for p, gradient in zip(with_gradient, gradients, strict=True):
                    sampled.fresh[id(p)] = gradient[6]
                    sampled.raw.append(("gradient", sampled.leaf_names[id(p)], gradient))
            sampled.cost += thread_time() - started
        if sampled.backwards == MAX_BACKWARDS and not any(seen.stepped for seen in sampled.gradients.values()):
            # Many gradients are gathered for one step: it is waited for, and what leads there is seen no closer.
            self.untrace()
            self.switch_modules(False)
            sampled.calls.clear()
        elif sampled.backwards == MAX_BACKWARDS or sampled.backwards >= MAX_WAITED:
            self.active = {number for number, seen in sampled.gradients.items() if seen.stepped}
            self.close()

    # ---- step ----------------------------------------------------------------------------------------

    @survives
    def before_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """Before a step within a sampled step: keep the weights as they are."""
        sampled = self.state.sampled
        if sampled is None or entry.number in sampled.before:
            return
        started = thread_time()
        with self.quiet():
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            sampled.before[entry.number] = snapshot(parameters[:MAX_TRACKED])
        sampled.cost += thread_time() - started

    @survives
    def after_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """After a step: measure it within a sampled step, and decide about the next one."""
        sampled = self.state.sampled
        self.active.add(entry.number)
        if sampled is not None and sampled.backwards:
            started = thread_time()
            with self.quiet():
                self.measurement.step(sampled, entry, optimizer)
            sampled.cost += thread_time() - started
            if all(sampled.gradients[n].stepped for n in self.active if n in sampled.gradients):
                self.close()
                self.active = {entry.number}
        elif not self.state.index and not entry.steps & (entry.steps - 1):
            self._tell_blind_step(entry, optimizer)
        if self.state.sampled is None:
            self.due()

    def _tell_blind_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """A step before any backward: does it find gradients that were set by hand?"""
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        with self.quiet():
            norm, none, _ = gradient_norm(parameters)
        blind = events.BlindStep(
            optimizer=entry.number, steps=entry.steps, parameters=len(parameters), none=none, norm=norm,
            made_at=entry.made_at, **entry.place,
        )
        self.part.write(blind)

    def traced_row(self, kind: Kind, source: int, value: float = 0.0) -> None:
        """A row that is kept in sampled steps only: the order of calls."""
        if self.state.sampled is not None:
            self.part.timeline.append(kind, self.part.seconds(), value, self.state.index, source)

    @survives
    def tell_untrained(self, frame: FrameType | None) -> None:
        """A run fails before its first backward: tell the models that there are."""
        self.description.untrained(frame)

    # ---- NaN -----------------------------------------------------------------------------------------

    @survives
    def nonfinite(self, loss: Tensor, entry: SeriesEntry, found: Walk | None) -> None:
        """The first loss that is not a number: where does it come from?"""
        state = self.state.trainings.states[entry.training]
        state.nonfinite_told = True
        with self.quiet():
            if found is None and loss.grad_fn is not None:
                found = walk(loss.grad_fn)
            facts = events.Nonfinite()
            if found is not None:
                facts = origin_of(state, found, self.state.registry, look_inside=not self.state.saved_hooks)
        batch = self.state.batch[1] if self.state.batch is not None else self.state.drawn()
        nonfinite = replace(
            facts, step=self.state.index, training=entry.training, series=entry.number,
            batch=tuple(batch[:MAX_EXAMPLES_TOLD]) if batch is not None else None,
        )
        self.part.write(nonfinite, essential=True)
