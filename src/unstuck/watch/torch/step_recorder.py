"""What happens at each event of a training: the cheap part that runs at every step.

Everything here stands between the user and his next step, so it takes a loss, a rate and a time, and leaves
the rest to `Sampler`, which measures a few steps only.
"""

from __future__ import annotations

import math
import sys
import weakref
from dataclasses import asdict, replace
from threading import get_ident
from time import perf_counter
from types import FrameType
from typing import Any

import torch

from unstuck.core.vocabulary import LOSS_OPERATIONS
from unstuck.record import events
from unstuck.record.schema import NO_SOURCE, Flag, Kind
from unstuck.record.writer import PartWriter
from unstuck.watch.ended import Ended
from unstuck.watch.source import Frames, Location, where
from unstuck.watch.torch.graph_traversal import Walk, traced_place, walk
from unstuck.watch.torch.ledger.ledger import ExampleLedger
from unstuck.watch.torch.losses import loss_facts
from unstuck.watch.torch.names import Registry
from unstuck.watch.torch.optimizers import OptimizerBook
from unstuck.watch.torch.state import ALL_HEARD, State
from unstuck.watch.torch.step_sampler import Sampler
from unstuck.watch.torch.summary import has_values
from unstuck.watch.torch.tracked_objects import PendingLoss, SeriesEntry, probe
from unstuck.watch.torch.trainings import TrainingState

Tensor = torch.Tensor
FLUSH_SECONDS = 0.25
FLUSH_ROWS = 64
BACKWARD = int(Kind.BACKWARD)
STEP = int(Kind.STEP)
EVAL_LOSS = int(Kind.EVAL_LOSS)
MAX_PENDING = 4096
NEXT_PHASE = 20
"""backward calls of a training, after which a loss at a new line begins another phase of it"""
TORCH_BACKWARD = frozenset({torch._tensor.__file__, torch.autograd.__file__})
"""files of torch through which every backward goes"""


class Recorder(State):
    """The timeline of one process: backward calls, steps and evaluated losses, written to one part."""

    def __init__(
        self, part: PartWriter, *, budget: float, layers: bool, frames: Frames, registry: Registry, quiet: list[bool]
    ) -> None:
        super().__init__(part, budget=budget, frames=frames, registry=registry, quiet=quiet)
        self.book = OptimizerBook(self)
        self.sampler = Sampler(self, self.book, layers=layers)
        self.ledger: ExampleLedger | None = None

    # ---- backward ------------------------------------------------------------------------------------

    def before_backward(self, tensors: Any, gradients: Any, retain: Any, *_: Any) -> bool | None:
        """A backward begins: True for an outermost one, False for a nested one, None for another thread's."""
        if get_ident() != self.thread:
            if self.thread is not None:
                self._other_thread()
                return None
            with self.claim:
                if self.thread is None:
                    self.thread = get_ident()
            if self.thread != get_ident():
                return None
            self.pending = [call for call in self.pending if call.thread == self.thread]
        self.depth += 1
        if self.depth > 1:
            self.nested = True
            return False
        loss = tensors if isinstance(tensors, Tensor) else next(iter(tensors), None)
        if not isinstance(loss, Tensor) or not has_values(loss):
            return False
        caller: FrameType | None = sys._getframe(3)
        while caller is not None and caller.f_code.co_filename in TORCH_BACKWARD:
            caller = caller.f_back
        frame = self.frames.user_frame(caller)
        self.backward_in_library = frame is not caller
        sampler = self.sampler
        if self.sampled is None and self.index >= self.schedule.next_index and not self.optimizers:
            sampler.due()
        found = sampler.before_backward(loss, frame) if self.sampled is not None else None
        entry = self._series_of(loss, frame, found)
        flags = 0
        if self.in_step:
            self.closures = True
        if retain or self.in_step or gradients is not None or found is not None:
            flags = (Flag.IN_CLOSURE if self.in_step else 0) | (Flag.RETAIN_GRAPH if retain else 0)
            flags |= (Flag.EXPLICIT_GRADIENT if gradients is not None else 0) | (Flag.SAMPLED if found else 0)
        self._append_loss(BACKWARD, loss if self.scaled is None else self._unscaled(loss), entry.number, flags)
        finite = self.finite
        if self.pending:
            self._settle_pending(found)
        if self.index >= self.ledger_at and self.ledger is not None:
            self.ledger.trained(frame)
        if not finite and not self.trainings.states[entry.training].nonfinite_told:
            sampler.nonfinite(loss, entry, found)
        self.last_series = entry
        return True

    def _other_thread(self) -> None:
        if not self.other_threads:
            self.other_threads = True
            self.note("a training in another thread; nothing about it was checked", training=True)

    def after_backward(self, outermost: bool) -> None:
        """It has ended, or raised: what it had begun is counted all the same."""
        self.depth -= 1
        if outermost:
            self.index += 1
            if self.index == ALL_HEARD:
                self.settle_down()
            if self.sampled is not None:
                self.sampler.after_backward()
            if self.deferred and (
                len(self.deferred) >= FLUSH_ROWS or perf_counter() - self.deferred_at > FLUSH_SECONDS
            ):
                self.flush()

    def remember_scaled(self, result: Any, original: Any) -> None:
        """The gradient scaler has multiplied a loss: the backward that comes is told the original."""
        if isinstance(result, Tensor) and isinstance(original, Tensor) and result is not original:
            self.scaled = (weakref.ref(result), original.detach())

    def finish(self, ended: Ended) -> None:
        """The program is over: write what is not written yet."""
        self.flush()
        self.sampler.close_last()
        if self.ledger is not None:
            self.ledger.finish()
        for call in self.pending:
            if call.site not in self.train_sites:
                self._append_loss(EVAL_LOSS, call.value, self._eval_number(call.site, call.function, call.place))
        everyone = [*self.retired, *self.optimizers.values()]
        for entry in everyone:
            if not entry.told and not entry.elsewhere:
                state = self.trainings.of_optimizer(entry.number)
                self.book.describe(entry, state.number if state is not None else None)
        end = events.End(
            **asdict(ended), step=self.index, steps={entry.number: entry.steps for entry in everyone},
            spent=self.schedule.spent, windows=self.schedule.windows, dropped_events=self.part.dropped_events,
            detached=self.sampler.detached, pending=len(self.pending),
        )
        self.part.write(end, essential=True)

    def _unscaled(self, loss: Tensor) -> Tensor:
        """The loss before the gradient scaler multiplied it."""
        if self.scaled is not None:
            reference, original = self.scaled
            self.scaled = None
            if reference() is loss:
                return original
        return loss

    def _append_loss(self, kind: int, loss: Tensor, source: int, flags: int = 0) -> None:
        timeline = self.part.timeline
        if loss.is_cpu:
            if loss.dim() == 0 or loss.numel() == 1:
                value = loss.item()
            else:
                value = float(loss.detach().double().mean()) if loss.numel() else math.nan
            self.finite = value - value == 0.0
            timeline.append(kind, perf_counter() - self.part.began, value, self.index, source, flags)
            return
        if not self.deferred:
            self.deferred_at = perf_counter()
        self.deferred.append((timeline.rows_ever, loss.detach().double().mean()))
        timeline.append(kind, perf_counter() - self.part.began, math.nan, self.index, source, flags | Flag.PENDING)

    def flush(self) -> None:
        """Fetch the losses that still lie on a device, in one transfer."""
        if not self.deferred:
            return
        deferred, self.deferred = self.deferred, []
        values = torch.stack([value.to(deferred[-1][1].device) for _, value in deferred]).tolist()
        for (row, _), value in zip(deferred, values, strict=True):
            self.part.timeline.settle(row, value)
            if value - value != 0.0:
                self.finite = False

    # ---- which series --------------------------------------------------------------------------------

    def _series_of(self, loss: Tensor, frame: FrameType | None, found: Walk | None) -> SeriesEntry:
        site = (id(frame.f_code), frame.f_lasti) if frame is not None else (0, 0)
        known = self.series.get(site)
        if known is None or found is not None or known.generation != self.generation:
            return self._resolve(site, loss, frame, found)
        if known.made == self.registry.made and self.several == 0:
            return known
        # Another network may be trained at this line: the first leaf tells, in microseconds.
        leaf, complete = probe(loss, self._is_parameter)
        same = (known.leaf() is leaf if known.leaf is not None else leaf is None) and complete
        if not same:
            other = self.by_leaf.get((site, self.registry.number(leaf))) if leaf is not None else None
            if other is None or other.generation != self.generation:
                return self._resolve(site, loss, frame, found)
            self.series[site] = known = other
        known.made = self.registry.made
        return known

    def _is_parameter(self, leaf: Tensor) -> bool:
        """Whether a leaf lasts from step to step: it is a module's parameter, or an optimiser holds it."""
        if isinstance(leaf, torch.nn.Parameter):
            return True
        number = self.registry.identities.known(leaf)
        return number is not None and any(number in entry.parameters for entry in self.optimizers.values())

    def _resolve(
        self, site: tuple[int, int], loss: Tensor, frame: FrameType | None, found: Walk | None
    ) -> SeriesEntry:
        """Walk the graph to learn whose parameters the loss reaches; give the series a number."""
        if found is None:
            self.walks += 1
            found = walk(loss.grad_fn) if loss.grad_fn is not None else None
        state = self._training_of(found)
        entry = self.series.get((site, state.number))
        if entry is None:
            if self.index - self.schedule.base > NEXT_PHASE:
                self.schedule.restart(self.index)  # another line trains these weights: another task, another optimiser
            entry = SeriesEntry(self.series_count, state.number, self.generation)
            self.series_count += 1
            self.series[site, state.number] = entry
            if frame is not None:
                self.sites.hold(frame)
            series = events.Series(
                step=self.index, id=entry.number, role="train", training=state.number,
                function=_loss_function(found), **where(self._loss_place(loss, frame, found)),
            )
            self.part.write(series, essential=True)
        entry.generation = self.generation
        entry.made = self.registry.made
        leaf = probe(loss, self._is_parameter).leaf
        entry.leaf = weakref.ref(leaf) if leaf is not None else None
        if leaf is not None:
            self.by_leaf[site, self.registry.number(leaf)] = entry
        self.series[site] = entry
        self.last_resolved = entry.number
        self.current = state
        self.sampler.announce(state, found, frame)
        return entry

    def _loss_place(self, loss: Tensor, frame: FrameType | None, found: Walk | None) -> Location | None:
        """The user's line of a loss: where backward is called; where a library calls it, where it is computed."""
        if not self.backward_in_library:
            return self.frames.location(frame)
        reached = {id(node) for node in found.nodes} if found is not None else {id(loss.grad_fn)}
        calls = [call.place for call in self.pending if call.node in reached and call.place is not None]
        if calls:
            return calls[-1]
        traced = traced_place(found.nodes, self.frames) if found is not None else None
        return traced or self.frames.location(frame)

    def _training_of(self, found: Walk | None) -> TrainingState:
        held = {e.number: e.parameters for e in self.optimizers.values() if e.optimizer() is not None}
        number = self.registry.number
        owned = {
            number(leaf) for leaf in (found.leaves.values() if found else ())
            if self.registry.owner(leaf) is not None or any(number(leaf) in kept for kept in held.values())
        }
        if not owned:
            # Raw tensors, whose leaves may be new at every step: one training for all of them.
            owned = {-1}
        before = len(self.trainings.states)
        state = self.trainings.of_parameters(owned, held)
        if 0 < before < len(self.trainings.states):
            self.schedule.restart(self.index)
        for entry in self.optimizers.values():
            if entry.parameters & state.parameters:
                state.optimizers.add(entry.number)
                self.book.describe(entry, state.number)
        return state

    # ---- optimisers ----------------------------------------------------------------------------------

    def before_step(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        """A step begins within a sampled step."""
        self.sampler.before_step(self.book.entry_of(optimizer), optimizer)

    def after_step(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        """A step is complete."""
        if self.in_step:  # it may have begun unheard
            self.in_step -= 1
        entry = self.optimizers.get(id(optimizer))
        if entry is None or entry.optimizer() is not optimizer:
            entry = self.book.entry_of(optimizer)
        entry.steps += 1
        groups = optimizer.param_groups
        rate = groups[0].get("lr", math.nan) if groups else math.nan
        self.part.timeline.append(STEP, perf_counter() - self.part.began, rate, self.index, entry.number)
        if self.sampled is not None or self.index >= self.schedule.next_index:
            self.sampler.after_step(entry, optimizer)
        if self.sampled is None:
            self.hear_steps(self.closures)

    def zero_grad(self, optimizer: Any, *_: Any) -> None:
        """``zero_grad`` of an optimiser or a module is called."""
        entry = self.optimizers.get(id(optimizer))
        if entry is not None:
            entry.zeroed += 1
        self.sampler.traced_row(Kind.ZERO_GRAD, entry.number if entry is not None else NO_SOURCE)

    # ---- losses --------------------------------------------------------------------------------------

    def loss_called(self, function: str, result: Any, arguments: tuple[Any, ...]) -> None:
        """A loss function has returned."""
        if not isinstance(result, Tensor) or torch._C._functorch.maybe_current_level() is not None:
            return  # inside a transform of torch.func a loss has no single value
        if not has_values(result) or (result.requires_grad and self.thread not in (None, get_ident())):
            return
        frame = self.frames.user_frame(sys._getframe(3))
        if frame is None:
            return
        if not self.ledger_at and self.ledger is not None and not self.measuring:
            self.ledger.lost(function, result, arguments, frame)
        site = self.sites.key(frame)
        if result.requires_grad:
            if self.sampled is not None:
                self.sampler.loss_called(function, result, arguments, frame)
            if site not in self.train_sites and len(self.pending) < MAX_PENDING and result.numel() == 1:
                place = self.frames.location(frame)
                self.pending.append(PendingLoss(
                    site, id(result.grad_fn), function, place, result.detach(), get_ident()
                ))
                self.sites.hold(frame)
            return
        if torch.is_grad_enabled():
            self.sampler.detached_loss(function, result, arguments, frame)
        if self.measuring:
            return
        number = self.eval_series.get((site, self.current.number if self.current is not None else 0))
        if number is None:
            self.sites.hold(frame)
            number = self._eval_number(site, function, self.frames.location(frame))
        self._append_loss(EVAL_LOSS, result, number)
        self.sampler.eval_loss(function, arguments, number)

    def _settle_pending(self, found: Walk | None) -> None:
        """At a backward: the last pending call was for training, calls at other lines were not."""
        pending, self.pending = self.pending, []
        reached = {id(node) for node in found.nodes} if found is not None else set()
        last = pending[-1].site
        for call in pending:
            if call.site == last or call.node in reached:
                self.train_sites.add(call.site)
            elif call.site not in self.train_sites:
                self.graded_evaluations = True
                number = self._eval_number(call.site, call.function, call.place)
                self._append_loss(EVAL_LOSS, call.value, number)

    def _eval_number(self, site: tuple[int, int], function: str, place: Location | None) -> int:
        training = self.current.number if self.current is not None else 0
        number = self.eval_series.get((site, training))
        if number is None:
            number = self.eval_series[site, training] = self.series_count
            self.series_count += 1
            series = events.Series(
                step=self.index, id=number, role="eval", training=training, function=function, **where(place)
            )
            self.part.write(series, essential=True)
        return number

    def loss_raised(self, function: str, error: BaseException, arguments: tuple[Any, ...]) -> None:
        """A loss function has raised: what went into it is the evidence."""
        frame = self.frames.user_frame(sys._getframe(3))
        if self.current is None:
            self.sampler.tell_untrained(frame)
        facts = loss_facts(function, arguments) if len(arguments) >= 2 else events.LossCall(function=function)
        call = replace(
            facts, step=self.index, phase="raised", training=self.current.number if self.current else 0,
            raised=f"{type(error).__name__}: {error}"[:300], **where(self.frames.location(frame)),
        )
        self.part.write(call, essential=True)


def _loss_function(found: Walk | None) -> str | None:
    """The loss function named by the first node that is one."""
    if found is None:
        return None
    return next((name for name in found.names[:12] if name in LOSS_OPERATIONS), None)
