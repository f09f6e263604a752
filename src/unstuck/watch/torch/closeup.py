"""Looks closely at a few steps: opens a window, measures what passes through it, writes it down."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from threading import get_ident
from time import thread_time
from types import FrameType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import torch

from unstuck.record import events, schema
from unstuck.record.events import RAW_LEAVES
from unstuck.record.schema import Kind
from unstuck.watch.source import where
from unstuck.watch.torch.losses import example_losses, loss_facts
from unstuck.watch.torch.origin import origin_of
from unstuck.watch.torch.quiet import Quiet, busy, first_tensor, mark, resident_bytes
from unstuck.watch.torch.summary import describe, measure, readable, summarise
from unstuck.watch.torch.telling import MAX_EXAMPLES_TOLD, MAX_TRACKED, Teller
from unstuck.watch.torch.walk import Walk, walk
from unstuck.watch.torch.window import (
    MAX_BACKWARDS,
    MAX_OUTPUTS,
    MAX_WAITED,
    Gradients,
    Window,
    gradient_norm,
    has_moved,
    histogram,
    histogram_columns,
    parameter_rows,
    snapshot,
    update_row,
)

if TYPE_CHECKING:
    from unstuck.watch.torch.entries import OptimizerEntry, SeriesEntry
    from unstuck.watch.torch.recorder import Recorder
    from unstuck.watch.torch.trainings import TrainingState

Tensor = torch.Tensor
TRACED_WINDOWS = (0, 2)
"""windows in which autograd also notes the user's line of every operation (dear: some 50 us each)"""
HISTOGRAM_EVERY = 8


P = ParamSpec("P")
R = TypeVar("R")


def survives(method: Callable[Concatenate[Closeup, P], R]) -> Callable[Concatenate[Closeup, P], R | None]:
    """What breaks in a close look ends close looks, not the recording."""

    def guarded(self: Closeup, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            self.broke(error)
            return None

    guarded.__doc__ = method.__doc__
    return guarded


class Closeup:
    """The window of a recorder, if one is open, and what is known between windows."""

    def __init__(self, recorder: Recorder, *, layers: bool) -> None:
        self.recorder = recorder
        self.part = recorder.part
        self.layers = layers
        self.window: Window | None = None
        self.measuring = False
        self.saved_hooks = False
        """someone packs saved tensors (checkpointing): to read them would run the forward again"""
        self.eval_calls: dict[int, int] = {}
        self.detached = 0
        self.over = False
        self.teller = Teller(self)
        self.active: set[int] = set()
        self.switch_modules: Callable[[bool], object] = bool

    # ---- opening and closing -------------------------------------------------------------------------

    def open(self) -> None:
        """From now on until the end of the next step everything is looked at."""
        if self.window is not None or self.over:
            return
        windows = self.recorder.schedule.windows
        self.recorder.quiet[0] = False
        self.recorder.hear_steps(True)
        self.window = Window(self.recorder.index, traced=self.layers and windows in TRACED_WINDOWS)
        if self.layers:
            self.switch_modules(True)
            if self.window.traced and not torch.is_anomaly_enabled():
                torch.set_anomaly_enabled(True, False)
            else:
                self.window.traced = False

    def untrace(self) -> None:
        """Autograd no longer notes lines."""
        if self.window is not None and self.window.traced:
            self.window.traced = False
            torch.set_anomaly_enabled(False, True)

    @survives
    def close(self) -> None:
        """The step is over: write what was found."""
        window = self.window
        if window is None:
            return
        started = thread_time()
        self.untrace()
        self.switch_modules(False)
        self.window = None
        self.recorder.settle_down()
        if not self.recorder.batch_stays:
            self.recorder.batch = None
        if RAW_LEAVES in window.before:
            self._measure_raw(window)
        if window.backwards:
            self._write(window)
        window.cost += thread_time() - started
        self.recorder.schedule.closed(self.recorder.index, window.cost)

    def close_last(self) -> None:
        """The program ends within a window: write what there is, gradients as they stand."""
        if self.window is not None:
            self.close()

    def broke(self, error: Exception) -> None:
        """A close look failed: no more of them; losses and steps are recorded on."""
        self.discard()
        self.over = True
        trace = "".join(traceback.format_exception(error))[-3000:]
        failure = events.SamplingFailure(step=self.recorder.index, error=repr(error), trace=trace)
        self.part.write(failure, essential=True)
        self.recorder.note(f"layers and gradients are not seen from step {self.recorder.index} on: {error!r}")

    def discard(self) -> None:
        """Put everything back without writing."""
        self.untrace()
        self.switch_modules(False)
        self.window = None
        self.recorder.settle_down()

    def _write(self, window: Window) -> None:
        if window.rows:
            places = [place for place, _ in window.rows]
            values = [value for _, row in window.rows for value in row]
            self.part.frame(schema.SUMMARY_FRAME, window.index, places, values, len(schema.SUMMARY))
        if window.histograms:
            places = [place for place, _ in window.histograms]
            values = [value for _, row in window.histograms for value in row]
            self.part.frame(schema.HISTOGRAM_FRAME, window.index, places, values, histogram_columns())
        entries = {entry.number: entry for entry in self.recorder.optimizers.values()}
        gradients = {
            number: seen.facts(entries[number].zeroed if number in entries else 0)
            for number, seen in window.gradients.items()
        }
        step = events.SampledStep(
            step=window.index, training=window.training, backward_calls=window.backwards, optimizers=gradients,
            cost=window.cost, memory=resident_bytes(),
        )
        self.part.write(step)

    @survives
    def due(self) -> None:
        """Open a window if the schedule says so; called at the end of a step."""
        recorder = self.recorder
        if recorder.schedule.due(recorder.index, recorder.part.seconds()):
            self.open()

    # ---- forward -------------------------------------------------------------------------------------

    @survives
    def module_called(self, module: torch.nn.Module, result: Any) -> None:
        """A module has returned from its forward (windows only)."""
        window = self.window
        if window is None or self.measuring or self.recorder.depth or busy():
            return
        if window.thread is None:
            window.thread = self.recorder.thread or get_ident()
        if window.thread != get_ident():
            return
        started = thread_time()
        self.recorder.registry.know(module)
        output = first_tensor(result)
        if output is not None and output.grad_fn is not None:
            mark(output.grad_fn, module)
        if module._modules or not torch.is_grad_enabled():
            if not module._modules and module.training:
                window.ungraded[id(module)] = None
            return
        if output is None or id(module) in window.outputs or len(window.outputs) >= MAX_OUTPUTS:
            return
        if readable(output):
            with self.quiet():
                window.outputs[id(module)] = measure(output.detach())
        window.cost += thread_time() - started

    def quiet(self) -> Any:
        """Our own operations are not recorded by autograd and not seen by us."""
        return Quiet(self)

    # ---- losses --------------------------------------------------------------------------------------

    @survives
    def loss_called(self, function: str, result: Tensor, arguments: tuple[Any, ...], frame: FrameType) -> None:
        """A loss function that carries a gradient has returned within a window."""
        window = self.window
        if window is None or self.measuring or window.backwards >= MAX_BACKWARDS or busy():
            return
        started = thread_time()
        with self.quiet():
            facts = loss_facts(function, arguments)
            losses = example_losses(function, arguments)
        place = where(self.recorder.frames.location(frame))
        window.calls.append((result.grad_fn, facts, place, losses))
        window.cost += thread_time() - started

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
        current = self.recorder.current
        training = current.number if current else 0
        self.part.write(replace(facts, step=self.recorder.index, training=training, series=series, phase="eval"))
        self.recorder.schedule.spent += thread_time() - started

    @survives
    def detached_loss(self, function: str, result: Tensor, arguments: tuple[Any, ...], frame: FrameType) -> None:
        """A loss was computed with gradients on, and carries none: the graph is cut before it."""
        self.detached += 1
        if self.detached & (self.detached - 1) or self.measuring:
            return
        given = arguments[0] if arguments else None
        current = self.recorder.current
        detached = events.Detached(
            step=self.recorder.index, training=current.number if current else None, function=function,
            count=self.detached, input=describe(given) if isinstance(given, Tensor) else None,
            training_mode=self._training_mode(), **where(self.recorder.frames.location(frame)),
        )
        self.part.write(detached)

    def _training_mode(self) -> bool | None:
        """Whether any network is in training mode; None where there is no network."""
        roots = self.recorder.registry.roots()
        return any(root.training for root in roots) if roots else None

    # ---- backward ------------------------------------------------------------------------------------

    @survives
    def before_backward(self, loss: Tensor, frame: FrameType | None) -> Walk | None:
        """Before an outermost backward: walk the graph if a window is open."""
        window = self.window
        if window is None:
            return None
        if window.backwards >= MAX_BACKWARDS:
            window.backwards += 1
            return None
        if window.backwards and self.bare() and self._moved_by_hand(window):
            # No optimiser closes the step: the next backward does.
            self.close()
            self.due()
            window = self.window
            if window is None:
                return None
        started = thread_time()
        if window.thread not in (None, get_ident()):
            window.outputs.clear()
            window.ungraded.clear()
        self.untrace()
        with self.quiet():
            found = walk(loss.grad_fn) if loss.grad_fn is not None else None
            for entry in self._optimizers_of(found):
                self._enter(window, entry)
        window.backwards += 1
        window.cost += thread_time() - started
        return found

    def bare(self) -> bool:
        return not self.recorder.in_step and not any(entry.steps for entry in self.recorder.optimizers.values())

    def _moved_by_hand(self, window: Window) -> bool:
        """Whether a step has been made without an optimiser; where there is one, it may yet do so."""
        if not any(entry.optimizer() is not None for entry in self.recorder.optimizers.values()):
            return True
        with self.quiet():
            return any(has_moved(parameter, before) for parameter, before, _ in window.before.get(RAW_LEAVES, ()))

    def _optimizers_of(self, found: Walk | None) -> list[OptimizerEntry]:
        """The optimisers whose gradients may be read at this backward.

        While threads run beside ours, only those whose parameters the loss reaches: autograd of another thread may be
        putting a gradient in place, and to read it at that moment crashes the process.
        """
        entries = [entry for entry in self.recorder.optimizers.values() if not entry.elsewhere]
        if threading.active_count() == 1:
            return entries
        reached = {self.recorder.registry.number(leaf) for leaf in found.leaves.values()} if found else set()
        return [entry for entry in entries if entry.parameters & reached]

    def _enter(self, window: Window, entry: OptimizerEntry) -> None:
        """Were the optimiser's gradients clean when this backward began?"""
        optimizer = entry.optimizer()
        if optimizer is None:
            return
        seen = window.gradients.setdefault(entry.number, Gradients())
        if seen.stepped or seen.entries >= MAX_BACKWARDS:
            return
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        norm, _, _ = gradient_norm(parameters)
        seen.entries += 1
        if norm == 0.0:
            seen.clean += 1
        elif seen.entries == 1:
            seen.stale_norm = norm

    @survives
    def announce(self, state: TrainingState, found: Walk | None, frame: FrameType | None) -> None:
        """The series of the backward is known: tell models, graph, losses and inputs of the window."""
        started = thread_time()
        with self.quiet():
            self.teller.models(state, found, frame)
            window = self.window
            if window is not None and found is not None:
                window.training = state.number if window.training is None else window.training
                self.teller.window(window, state, found, frame)
        if self.window is not None:
            self.window.cost += thread_time() - started

    @survives
    def after_backward(self) -> None:
        """After an outermost backward: raw tensors have their gradients now."""
        window = self.window
        if window is None:
            return
        if window.leaves and RAW_LEAVES not in window.before and self.bare():
            started = thread_time()
            with self.quiet():
                parameters = list(window.leaves.values())
                window.before[RAW_LEAVES] = snapshot(parameters)
                with_gradient = [p for p, _, _ in window.before[RAW_LEAVES] if readable(p.grad)]
                gradients = summarise([p.grad for p in with_gradient if p.grad is not None])
                for p, gradient in zip(with_gradient, gradients, strict=True):
                    window.fresh[id(p)] = gradient[6]
                    window.raw.append(("gradient", window.leaf_names[id(p)], gradient))
            window.cost += thread_time() - started
        if window.backwards == MAX_BACKWARDS and not any(seen.stepped for seen in window.gradients.values()):
            # Many gradients are gathered for one step: it is waited for, and what leads there is seen no closer.
            self.untrace()
            self.switch_modules(False)
            window.calls.clear()
        elif window.backwards == MAX_BACKWARDS or window.backwards >= MAX_WAITED:
            self.active = {number for number, seen in window.gradients.items() if seen.stepped}
            self.close()

    def _measure_raw(self, window: Window) -> None:
        moved = []
        with self.quiet():
            for what, name, row in window.raw:
                window.rows.append((self.teller.place(window.training, what, name, name), row))
            window.raw.clear()
            kept = window.before.pop(RAW_LEAVES, [])
            weights = summarise([parameter for parameter, _, _ in kept])
            for (parameter, before, weight), now in zip(kept, weights, strict=True):
                name = window.leaf_names[id(parameter)]
                window.rows.append((self.teller.place(window.training, "weight", name, name), now))
                row = update_row(parameter, before, weight)
                window.rows.append((self.teller.place(window.training, "update", name, name), row))
                if row[6] != 0.0:
                    moved.append(id(parameter))
        if moved:
            stale, norm = (
                sum(norms.get(one, 0.0) ** 2 for one in moved) ** 0.5 for norms in (window.stale, window.fresh)
            )
            window.gradients[RAW_LEAVES] = Gradients(
                entries=window.backwards, clean=int(stale == 0.0), stale_norm=stale, stepped=True,
                parameters=len(window.leaves), norm=norm, moved=len(moved),
            )

    # ---- step ----------------------------------------------------------------------------------------

    @survives
    def before_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """Before a step within a window: keep the weights as they are."""
        window = self.window
        if window is None or entry.number in window.before:
            return
        started = thread_time()
        with self.quiet():
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            window.before[entry.number] = snapshot(parameters[:MAX_TRACKED])
        window.cost += thread_time() - started

    @survives
    def after_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """After a step: measure it within a window, and decide about the next one."""
        window = self.window
        self.active.add(entry.number)
        if window is not None and window.backwards:
            started = thread_time()
            with self.quiet():
                self._measure_step(window, entry, optimizer)
            window.cost += thread_time() - started
            if all(window.gradients[n].stepped for n in self.active if n in window.gradients):
                self.close()
                self.active = {entry.number}
        elif not self.recorder.index and not entry.steps & (entry.steps - 1):
            self._tell_blind_step(entry, optimizer)
        if self.window is None:
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

    def _measure_step(self, window: Window, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        seen = window.gradients.setdefault(entry.number, Gradients())
        if seen.stepped:
            return
        self._not_by_hand(window)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        seen.stepped = True
        seen.parameters = len(parameters)
        seen.norm, seen.none, seen.zero = gradient_norm(parameters)
        state = self.recorder.trainings.of_optimizer(entry.number)
        training = state.number if state is not None else window.training
        self.recorder.tell_optimizer(entry, training)
        kept = window.before.pop(entry.number, [])
        weights, gradients = parameter_rows([p for p, _, _ in kept]) if kept else ([], [])
        with_histograms = self.recorder.schedule.windows % HISTOGRAM_EVERY == 0
        for (parameter, before, weight), row, gradient in zip(kept, weights, gradients, strict=True):
            update = update_row(parameter, before, weight)
            seen.moved += update[6] != 0.0
            name, layer = self.teller.parameter_name(parameter, entry)
            told = (("weight", row, parameter), ("gradient", gradient, parameter.grad), ("update", update, None))
            for what, values, tensor in told:
                if values is None:
                    continue
                number = self.recorder.registry.number(parameter)
                place = self.teller.place(training, what, name, layer, parameter=number)
                window.rows.append((place, values))
                if with_histograms and tensor is not None and self._room():
                    window.histograms.append((place, histogram(tensor)))

    def _not_by_hand(self, window: Window) -> None:
        """An optimiser has stepped: of the raw leaves only those are told that it does not hold."""
        window.raw.clear()
        held = {p for entry in self.recorder.optimizers.values() for p in entry.parameters}
        registry = self.recorder.registry
        for leaf, _, _ in window.before.pop(RAW_LEAVES, ()):
            if registry.owner(leaf) is not None and registry.number(leaf) not in held:
                self.teller.left_out(window, leaf)

    def _room(self) -> bool:
        return self.part.frame_bytes < schema.MAX_HISTOGRAM_BYTES

    def traced_row(self, kind: Kind, source: int, value: float = 0.0) -> None:
        """A row that is kept in windows only: the order of calls."""
        if self.window is not None:
            self.part.timeline.append(kind, self.part.seconds(), value, self.recorder.index, source)

    @survives
    def tell_untrained(self, frame: FrameType | None) -> None:
        """A run fails before its first backward: tell the models that there are."""
        self.teller.untrained(frame)

    # ---- NaN -----------------------------------------------------------------------------------------

    @survives
    def nonfinite(self, loss: Tensor, entry: SeriesEntry, found: Walk | None) -> None:
        """The first loss that is not a number: where does it come from?"""
        state = self.recorder.trainings.states[entry.training]
        state.nonfinite_told = True
        with self.quiet():
            if found is None and loss.grad_fn is not None:
                found = walk(loss.grad_fn)
            facts = events.Nonfinite()
            if found is not None:
                facts = origin_of(state, found, self.recorder.registry, look_inside=not self.saved_hooks)
        batch = self.recorder.batch[1] if self.recorder.batch is not None else self.recorder.drawn()
        nonfinite = replace(
            facts, step=self.recorder.index, training=entry.training, series=entry.number,
            batch=tuple(batch[:MAX_EXAMPLES_TOLD]) if batch is not None else None,
        )
        self.part.write(nonfinite, essential=True)
