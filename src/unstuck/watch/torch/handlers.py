"""The handlers that the grafts call: each hands on to the recorder, and none of them ever raises."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import get_ident
from time import perf_counter
from types import FrameType
from typing import Any

import torch

from unstuck.record.events import Autocast, AutogradGrad, Clip, Packed, Seed
from unstuck.record.schema import Kind
from unstuck.watch.source import where
from unstuck.watch.torch.data_handlers import DataHandlers
from unstuck.watch.torch.evaluations import EvaluationWatch
from unstuck.watch.torch.handler import Handler, Owner, guarded
from unstuck.watch.torch.packed import is_reordered
from unstuck.watch.torch.schedules import begins_again, scheduler_event
from unstuck.watch.torch.step_recorder import Recorder
from unstuck.watch.torch.summary import has_values

MAX_CLIPS = 64
"""clip lines and thresholds told apart; beyond, a line keeps the number of its first threshold"""


def _caller() -> FrameType:
    """The frame that called a module whose end is heard."""
    return sys._getframe(4)


class Handlers(Handler):
    """What grafts report of one session."""

    def __init__(self, owner: Owner) -> None:
        super().__init__(owner)
        self.data = DataHandlers(owner)
        self.clips: dict[tuple[tuple[int, int], str, float], int] = {}
        """code location, function and threshold of a line that clips → its number"""
        self.evaluations = EvaluationWatch()
        self.data.evaluations = self.evaluations

    # ---- the hot path --------------------------------------------------------------------------------

    def loss_called(self, name: str) -> Callable[..., None]:
        """The handler of one loss function."""

        def handle(_: Any, result: Any, *arguments: Any) -> None:
            recorder = self.recorder
            if recorder is None:
                return
            try:
                recorder.loss_called(name, result, arguments)
            except BaseException as error:
                self.owner.fail(error)

        return handle

    def loss_raised(self, name: str) -> Callable[..., None]:
        """The handler of one loss function that has raised."""

        def handle(_: Any, error: BaseException, *arguments: Any) -> None:
            recorder = self.recorder
            if recorder is None or not isinstance(error, Exception):
                return
            try:
                recorder.loss_raised(name, error, arguments)
            except BaseException as failure:
                self.owner.fail(failure)

        return handle

    def module_called(self, _: Any, result: Any, module: Any, given: Any = (), named: Any = None) -> None:
        """Only within sampled steps, to learn the mode of an evaluation, or while batches are followed."""
        recorder = self.recorder
        if recorder is None:
            return
        try:
            if self.evaluations.armed:
                self.evaluations.module_called(recorder, module, result, given, _caller)
            if recorder.sampled is not None:
                recorder.sampler.module_called(module, result)
            if not recorder.ledger_at and recorder.ledger is not None and not recorder.measuring:
                recorder.ledger.called(module, result, given, named, _caller)
        except BaseException as error:
            self.owner.fail(error)

    # ---- what is made --------------------------------------------------------------------------------

    def module_made(self, module: Any, *_: Any) -> None:
        try:
            self.owner.registry.add(module, sys._getframe(2))
        except BaseException as error:
            self.owner.fail(error)

    def state_loaded(self, module: Any, *_: Any) -> None:
        try:
            self.owner.registry.loaded(module)
        except BaseException as error:
            self.owner.fail(error)

    def optimizer_made(self, token: Any, result: Any, optimizer: Any, *_: Any) -> None:
        self._to(lambda recorder: recorder.book.made(optimizer, sys._getframe(3)))

    def scheduler_begins(self, scheduler: Any, optimizer: Any, last_epoch: Any = None, *_: Any) -> bool:
        try:
            return begins_again(optimizer, last_epoch)
        except BaseException as error:
            self.owner.fail(error)
            return False

    def scheduler_made(self, had_schedule: bool, _: Any, scheduler: Any, optimizer: Any, *__: Any) -> None:
        def tell(recorder: Recorder) -> None:
            place = self._made_at(scheduler, sys._getframe(3))
            number = recorder.book.entry_of(optimizer).number
            recorder.part.write(
                scheduler_event(scheduler, number, place, step=recorder.index, had_schedule=had_schedule)
            )

        self._to(tell)

    def scheduler_loaded(self, _: Any, __: Any, scheduler: Any, *___: Any) -> None:
        def tell(recorder: Recorder) -> None:
            place = where(self.owner.frames.location(self.owner.frames.user_frame(sys._getframe(3))))
            number = recorder.book.entry_of(scheduler.optimizer).number
            recorder.part.write(scheduler_event(scheduler, number, place, step=recorder.index, restored=True))

        self._to(tell)

    # ---- gradients and numbers -----------------------------------------------------------------------

    def before_grad(self, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.sampler.untrace()
            recorder.sampler.traced_row(Kind.GRAD, 0)
            if self._once("grad"):
                recorder.part.write(AutogradGrad(step=recorder.index))

        self._to(tell)

    @guarded
    def zero_grad(self, owner: Any, *_: Any) -> None:
        recorder = self.recorder
        if recorder is not None:
            recorder.zero_grad(owner)

    def clipped_by_norm(self, _: Any, total: Any, parameters: Any, max_norm: Any, *__: Any) -> None:
        def tell(recorder: Recorder) -> None:
            site = self._clip_site(recorder, "clip_grad_norm_", float(max_norm))
            if isinstance(total, torch.Tensor) and not has_values(total):
                return
            on_host = isinstance(total, torch.Tensor) and total.device.type == "cpu"
            if on_host or recorder.sampled is not None:
                recorder.part.timeline.append(
                    Kind.CLIP, perf_counter() - recorder.part.began, float(total), recorder.index, site
                )

        self._to(tell)

    def clipped_by_value(self, parameters: Any, clip_value: Any, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            site = self._clip_site(recorder, "clip_grad_value_", float(clip_value))
            recorder.sampler.traced_row(Kind.CLIP, site, float("nan"))

        self._to(tell)

    def _clip_site(self, recorder: Recorder, function: str, threshold: float) -> int:
        frame = self.owner.frames.user_frame(sys._getframe(4))
        site = recorder.sites.key(frame) if frame is not None else (0, 0)
        number = self.clips.get((site, function, threshold))
        if number is None and len(self.clips) >= MAX_CLIPS:  # a threshold that changes all the time
            number = next((n for key, n in self.clips.items() if key[:2] == (site, function)), None)
        if number is None:
            number = self.clips[site, function, threshold] = next(self.data.sources)
            if frame is not None:
                recorder.sites.hold(frame)
            place = where(self.owner.frames.location(frame))
            recorder.part.write(
                Clip(step=recorder.index, id=number, function=function, threshold=threshold, **place)
            )
        return number

    def loss_scaled(self, _: Any, result: Any, scaler: Any, outputs: Any, *__: Any) -> None:
        self._to(lambda recorder: recorder.remember_scaled(result, outputs))

    def scaler_updated(self, _: Any, __: Any, scaler: Any, *___: Any) -> None:
        def tell(recorder: Recorder) -> None:
            if scaler.is_enabled() and recorder.sampled is not None:
                recorder.part.timeline.append(
                    Kind.SCALER, recorder.part.seconds(), float(scaler.get_scale()), recorder.index, 0
                )

        self._to(tell)

    def autocast_entered(self, context: Any, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.sampler.traced_row(Kind.AUTOCAST, 0)
            dtype = str(getattr(context, "fast_dtype", None)).removeprefix("torch.")
            if getattr(context, "_enabled", True) and self._once(("autocast", dtype)):
                recorder.part.write(Autocast(step=recorder.index, device=str(context.device), dtype=dtype))

        self._to(tell)

    def packed(self, _: Any, lengths: Any, __: Any = False, enforce_sorted: Any = True, *___: Any) -> None:
        """Sequences are packed; with ``enforce_sorted`` the caller has sorted them, and only he can undo it."""

        def tell(recorder: Recorder) -> None:
            drawn = recorder.ledger.drawn if recorder.ledger is not None else None
            if not enforce_sorted or drawn is None or recorder.sampled is None:
                return
            with recorder.sampler.quiet():
                reordered = is_reordered(lengths, drawn.tensors)
            if reordered is not None and self._once(("packed", reordered)):
                place = where(self.owner.frames.location(self.owner.frames.user_frame(sys._getframe(3))))
                recorder.part.write(
                    Packed(step=recorder.index, sequences=len(lengths), reordered=reordered, **place)
                )

        self._to(tell)

    def anomaly_asked(self, *_: Any) -> None:
        """The user asks torch himself to look for NaN: his wish is not mixed with ours."""
        self._to(lambda recorder: recorder.sampler.untrace())

    def saved_tensors_hooked(self, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.saved_hooks = True
            if self._once("saved_hooks"):
                recorder.note(
                    "activations inside checkpointed parts are not seen: reading them would run the forward again"
                )

        self._to(tell)

    @guarded
    def mode_set(self, _: Any, mode: bool) -> None:
        recorder = self.recorder
        if recorder is not None and recorder.evaluating is bool(mode):
            recorder.mode_set(bool(mode))

    # ---- modes ---------------------------------------------------------------------------------------

    def gradients_off(self, *_: Any) -> None:
        """``no_grad`` or ``inference_mode`` was entered: an evaluation may begin.

        Where the tensors are moved by hand it is entered at every step, so a line that is not looked at now ends here.
        """
        recorder = self.owner.recorder
        if recorder is None:
            return
        try:
            frame = sys._getframe(2)  # above us: ``__enter__``, the user
            ledger = recorder.ledger
            new = ledger is not None and ledger.is_new_place(frame)
            waits = recorder.index < recorder.evaluation_at
            if not new and waits and self.evaluations.passes((id(frame.f_code), frame.f_lasti)):
                return
            if recorder.other_threads and get_ident() != recorder.thread:
                return
            if recorder.in_step or recorder.measuring or recorder.depth:
                return
            if ledger is not None and (new or not waits):
                ledger.evaluation_begins(new=new)
            if recorder.index:
                self.evaluations.gradients_off(recorder, frame)
        except BaseException as error:
            self.owner.fail(error)

    @guarded
    def dropout_called(self, _: Any, p: Any, training: Any, *__: Any) -> None:
        """Only within sampled steps, and while an evaluation is awaited."""
        recorder = self.recorder
        if recorder is not None and not recorder.measuring:
            self.evaluations.dropout_called(p, training, recorder, sys._getframe(1))

    def compiled(self, *_: Any) -> None:
        self._opaque("torch.compile")

    def scripted(self, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            if self._once("jit"):
                recorder.note("layers inside torch.jit.script are not seen")

        self._to(tell)

    def _opaque(self, what: str) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.sampler.discard()
            recorder.sampler.layers = False
            self.evaluations.over = True
            if self._once(what):
                recorder.note(f"layers inside {what} are not seen")

        self._to(tell)

    def seeded(self, seed: Any, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            if self._once("seed"):
                place = where(self.owner.frames.location(self.owner.frames.user_frame(sys._getframe(3))))
                number = seed if isinstance(seed, int) else None
                recorder.part.write(Seed(step=recorder.index, seed=number, **place))

        self._to(tell)
