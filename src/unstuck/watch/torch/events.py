"""The handlers that the grafts call: each hands on to the recorder, and none of them ever raises."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from itertools import count
from threading import get_ident
from time import perf_counter
from types import FrameType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import torch
from torch.utils.data import BatchSampler, TensorDataset

from unstuck.record.events import Autocast, AutogradGrad, Clip, Evaluation, Loader, Scheduler, Seed
from unstuck.record.schema import Kind
from unstuck.watch.source import Where, where
from unstuck.watch.torch.summary import has_values

if TYPE_CHECKING:
    from unstuck.watch.torch.recorder import Recorder
    from unstuck.watch.torch.session import Session

P = ParamSpec("P")
MAX_LOADER_LABELS = 1 << 20
MAX_CLIPS = 64
"""clip lines and thresholds told apart; beyond, a line keeps the number of its first threshold"""
MAX_AHEAD = 4096
"""batches whose indices are remembered until workers have made them"""


def guarded(handler: Callable[Concatenate[Events, P], None]) -> Callable[Concatenate[Events, P], None]:
    """What breaks in a handler ends the watching, not the training."""

    def safe(self: Events, /, *arguments: P.args, **more: P.kwargs) -> None:
        try:
            handler(self, *arguments, **more)
        except BaseException as error:
            self.session.fail(error)

    return safe


class Events:
    """What grafts report of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sources = count()
        """numbers of loaders and clip lines"""
        self.loaders: dict[object, int] = {}
        """what makes two loaders the same one → its number"""
        self.numbers: dict[int, int] = {}
        """identity of a living loader → its number"""
        self.clips: dict[tuple[tuple[int, int], str, float], int] = {}
        """code location, function and threshold of a line that clips → its number"""
        self.indices: weakref.WeakKeyDictionary[Any, dict[int, list[int]]] = weakref.WeakKeyDictionary()
        """loader iterator → number of a batch → indices of its examples"""
        self.iterators: weakref.WeakSet[Any] = weakref.WeakSet()
        """living loader iterators without workers"""
        self.told: set[object] = set()
        self.eval_armed = 0
        self.evaluations = 0
        self.next_evaluation = 1

    @property
    def recorder(self) -> Recorder | None:
        """The recorder; None where none records, and for a thread whose training is not recorded."""
        recorder = self.session.recorder
        if recorder is None or (recorder.other_threads and get_ident() != recorder.thread):
            return None
        return recorder

    def _once(self, key: object) -> bool:
        if key in self.told:
            return False
        self.told.add(key)
        return True

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
                self.session.fail(error)

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
                self.session.fail(failure)

        return handle

    def module_called(self, _: Any, result: Any, module: Any, *__: Any) -> None:
        """Only within windows, or to learn the mode of an evaluation."""
        recorder = self.recorder
        if recorder is None:
            return
        try:
            if self.eval_armed:
                self._evaluation(recorder, module)
            recorder.closeup.module_called(module, result)
        except BaseException as error:
            self.session.fail(error)

    # ---- what is made --------------------------------------------------------------------------------

    def module_made(self, module: Any, *_: Any) -> None:
        try:
            self.session.registry.add(module, sys._getframe(2))
        except BaseException as error:
            self.session.fail(error)

    def state_loaded(self, module: Any, *_: Any) -> None:
        try:
            self.session.registry.loaded(module)
        except BaseException as error:
            self.session.fail(error)

    def optimizer_made(self, token: Any, result: Any, optimizer: Any, *_: Any) -> None:
        self._to(lambda recorder: recorder.optimizer_made(optimizer, sys._getframe(3)))

    def scheduler_made(self, scheduler: Any, optimizer: Any, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            place = self._made_at(scheduler, sys._getframe(3))
            entry = recorder.entry_of(optimizer)
            recorder.part.write(
                Scheduler(step=recorder.index, name=type(scheduler).__name__, optimizer=entry.number, **place)
            )

        self._to(tell)

    def loader_made(self, _: Any, __: Any, loader: Any, *___: Any) -> None:
        identity = self.session.registry.number(loader)
        if identity in self.numbers:
            return

        def tell(recorder: Recorder) -> None:
            if loader.num_workers:
                self.session.keep_indices()
            place = self._made_at(loader, sys._getframe(3))
            key = self._loader_key(loader, place)
            weakref.finalize(loader, self.numbers.pop, identity, None).atexit = False
            if key in self.loaders:  # made anew at the same line over the same data: its epochs go on
                self.numbers[identity] = self.loaders[key]
                return
            number = self.numbers[identity] = self.loaders[key] = next(self.sources)
            event = Loader(
                step=recorder.index, id=number, batch_size=loader.batch_size,
                sampler=type(loader.sampler).__name__ if loader.batch_size is not None else None,
                workers=loader.num_workers, drop_last=bool(loader.drop_last),
                dataset=type(loader.dataset).__name__, size=length(loader.dataset),
                labels=tensor_labels(loader.dataset), **place,
            )
            recorder.part.write(event)

        self._to(tell)

    # ---- data ----------------------------------------------------------------------------------------

    @guarded
    def epoch_begins(self, _: Any, iterator: Any, loader: Any, *__: Any) -> None:
        number = self.numbers.get(self.session.registry.number(loader))
        if number is not None:
            self._row(Kind.EPOCH, number)
        if not loader.num_workers:
            self.iterators.add(iterator)

    def _loader_key(self, loader: Any, place: Where) -> object:
        """The same for loaders made at one line over the same data with the same settings."""
        return (
            place["file"], place["line"], self._dataset_key(loader.dataset), loader.batch_size,
            type(loader.sampler), loader.num_workers, bool(loader.drop_last),
        )

    def _dataset_key(self, dataset: Any) -> object:
        """Which data it is: the object, or the tensors of a `TensorDataset`, which may be made anew around them."""
        number = self.session.registry.number
        if type(dataset) is TensorDataset:
            return tuple(number(tensor) for tensor in dataset.tensors)
        try:
            return number(dataset)
        except TypeError:  # a plain list is not remembered for as long as it lives: by its place and its ends
            ends = (id(dataset[0]), id(dataset[-1])) if isinstance(dataset, list | tuple) and dataset else ()
            return id(dataset), ends

    def drawn(self) -> list[int] | None:
        """The indices of the batch drawn last, where one loader without workers is being read from."""
        told = [_last_batch(iterator) for iterator in list(self.iterators)]
        return told[0] if len(told) == 1 else None

    @guarded
    def indices_drawn(self, _: Any, indices: Any, iterator: Any, *__: Any) -> None:
        recorder = self.recorder
        if recorder is None or (recorder.closeup.window is None and not iterator._num_workers):
            return
        if isinstance(indices, list) and not any(index is None for index in indices[:1]):
            ahead = iterator._num_workers
            waiting = self.indices.setdefault(iterator, {})
            waiting[iterator._send_idx if ahead else iterator._num_yielded] = indices
            if len(waiting) > MAX_AHEAD:
                del waiting[next(iter(waiting))]

    @guarded
    def batch_drawn(self, _: Any, __: Any, iterator: Any, *___: Any) -> None:
        recorder = self.recorder
        if recorder is None:
            return
        ahead = iterator._num_workers
        waiting = self.indices.get(iterator)
        indices = None
        if waiting and getattr(iterator, "_in_order", True):
            indices = waiting.pop(iterator._rcvd_idx - 1 if ahead else iterator._num_yielded - 1, None)
        recorder.batch = (-1, indices) if indices is not None else None
        recorder.batch_stays = bool(ahead)

    # ---- gradients and numbers -----------------------------------------------------------------------

    def before_grad(self, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.closeup.untrace()
            recorder.closeup.traced_row(Kind.GRAD, 0)
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
            if on_host or recorder.closeup.window is not None:
                recorder.part.timeline.append(
                    Kind.CLIP, perf_counter() - recorder.part.began, float(total), recorder.index, site
                )

        self._to(tell)

    def clipped_by_value(self, parameters: Any, clip_value: Any, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            site = self._clip_site(recorder, "clip_grad_value_", float(clip_value))
            recorder.closeup.traced_row(Kind.CLIP, site, float("nan"))

        self._to(tell)

    def _clip_site(self, recorder: Recorder, function: str, threshold: float) -> int:
        frame = self.session.frames.user_frame(sys._getframe(4))
        site = recorder.sites.key(frame) if frame is not None else (0, 0)
        number = self.clips.get((site, function, threshold))
        if number is None and len(self.clips) >= MAX_CLIPS:  # a threshold that changes all the time
            number = next((n for key, n in self.clips.items() if key[:2] == (site, function)), None)
        if number is None:
            number = self.clips[site, function, threshold] = next(self.sources)
            if frame is not None:
                recorder.sites.hold(frame)
            place = where(self.session.frames.location(frame))
            recorder.part.write(
                Clip(step=recorder.index, id=number, function=function, threshold=threshold, **place)
            )
        return number

    def loss_scaled(self, _: Any, result: Any, scaler: Any, outputs: Any, *__: Any) -> None:
        self._to(lambda recorder: recorder.remember_scaled(result, outputs))

    def scaler_updated(self, _: Any, __: Any, scaler: Any, *___: Any) -> None:
        def tell(recorder: Recorder) -> None:
            if scaler.is_enabled() and recorder.closeup.window is not None:
                recorder.part.timeline.append(
                    Kind.SCALER, recorder.part.seconds(), float(scaler.get_scale()), recorder.index, 0
                )

        self._to(tell)

    def autocast_entered(self, context: Any, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.closeup.traced_row(Kind.AUTOCAST, 0)
            dtype = str(getattr(context, "fast_dtype", None)).removeprefix("torch.")
            if getattr(context, "_enabled", True) and self._once(("autocast", dtype)):
                recorder.part.write(Autocast(step=recorder.index, device=str(context.device), dtype=dtype))

        self._to(tell)

    def anomaly_asked(self, *_: Any) -> None:
        """The user asks torch himself to look for NaN: his wish is not mixed with ours."""
        self._to(lambda recorder: recorder.closeup.untrace())

    def saved_tensors_hooked(self, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.closeup.saved_hooks = True
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

    @guarded
    def gradients_off(self, *_: Any) -> None:
        """``no_grad`` or ``inference_mode`` was entered: an evaluation may begin."""
        recorder = self.recorder
        if recorder is None or recorder.in_step or recorder.closeup.measuring or recorder.depth:
            return
        self.evaluations += 1
        if self.evaluations < self.next_evaluation or not recorder.index:
            return
        self.next_evaluation = min(2 * self.evaluations, self.evaluations + 256)
        self.eval_armed = recorder.index + 1
        recorder.closeup.switch_modules(True)

    def _evaluation(self, recorder: Recorder, module: Any) -> None:
        """The first call of a whole network with gradients off tells the mode of an evaluation."""
        if recorder.index + 1 != self.eval_armed:
            self.eval_armed = 0
            if recorder.closeup.window is None:
                recorder.closeup.switch_modules(False)
            return
        if torch.is_grad_enabled() or not recorder.registry.is_root(module):
            return
        self.eval_armed = 0
        if recorder.closeup.window is None:
            recorder.closeup.switch_modules(False)
        evaluation = Evaluation(
            step=recorder.index, training=recorder.current.number if recorder.current else None,
            model=recorder.registry.number(module), training_mode=module.training, gradients=False,
        )
        recorder.part.write(evaluation)

    def compiled(self, *_: Any) -> None:
        self._opaque("torch.compile")

    def scripted(self, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            if self._once("jit"):
                recorder.note("layers inside torch.jit.script are not seen")

        self._to(tell)

    def _opaque(self, what: str) -> None:
        def tell(recorder: Recorder) -> None:
            recorder.closeup.discard()
            recorder.closeup.layers = False
            if self._once(what):
                recorder.note(f"layers inside {what} are not seen")

        self._to(tell)

    def seeded(self, seed: Any, *_: Any) -> None:
        def tell(recorder: Recorder) -> None:
            if self._once("seed"):
                place = where(self.session.frames.location(self.session.frames.user_frame(sys._getframe(3))))
                number = seed if isinstance(seed, int) else None
                recorder.part.write(Seed(step=recorder.index, seed=number, **place))

        self._to(tell)

    # ---- small ones ----------------------------------------------------------------------------------

    def _to(self, tell: Callable[[Recorder], object]) -> None:
        recorder = self.recorder
        if recorder is None:
            return
        try:
            if not recorder.closeup.measuring:
                tell(recorder)
        except BaseException as error:
            self.session.fail(error)

    def _made_at(self, made: object, frame: FrameType) -> Where:
        """The user's line that made something."""
        return where(self.session.frames.location(self.session.frames.maker_frame(frame, made)))

    def _row(self, kind: Kind, source: int, value: float = 0.0) -> None:
        self._to(
            lambda recorder: recorder.part.timeline.append(
                kind, perf_counter() - recorder.part.began, value, recorder.index, source
            )
        )


def _last_batch(iterator: Any) -> list[int] | None:
    """What torch's own batch sampler has handed out last: it waits there."""
    sampler = getattr(iterator, "_sampler_iter", None)
    frame = getattr(sampler, "gi_frame", None)
    if frame is None or frame.f_code is not BatchSampler.__iter__.__code__:
        return None
    batch = frame.f_locals.get("batch", frame.f_locals.get("batch_droplast"))
    return list(batch) if isinstance(batch, list | tuple) else None


def length(dataset: Any) -> int | None:
    """The length of a data set, where it has one that may be asked."""
    try:
        return len(dataset)
    except Exception:
        return None


def tensor_labels(dataset: Any) -> dict[int, int] | None:
    """Class counts of a `TensorDataset` whose last tensor holds few distinct integers."""
    tensors = getattr(dataset, "tensors", None)
    if type(dataset).__name__ != "TensorDataset" or not tensors:
        return None
    last = tensors[-1]
    if not has_values(last) or last.dim() != 1 or last.is_floating_point() or not 0 < last.numel() <= MAX_LOADER_LABELS:
        return None
    values, counts = torch.unique(last.detach(), return_counts=True)
    if values.numel() > 1000:
        return None
    return {int(v): n for v, n in zip(values.tolist(), counts.tolist(), strict=True)}
