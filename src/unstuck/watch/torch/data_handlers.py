"""What grafts report of data loaders: made, iterated, and which examples they draw."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator, Mapping
from itertools import count, islice
from types import FrameType
from typing import Any

import torch
from torch.utils.data import BatchSampler, DataLoader, TensorDataset

from unstuck.record.events import Loader
from unstuck.record.schema import Kind
from unstuck.watch.source import Where
from unstuck.watch.torch.evaluations import EvaluationWatch
from unstuck.watch.torch.handler import Handler, Owner, guarded
from unstuck.watch.torch.ledger.sources import Drawn
from unstuck.watch.torch.names import held, user_frames
from unstuck.watch.torch.step_recorder import Recorder
from unstuck.watch.torch.summary import has_values

MAX_LOADER_LABELS = 1 << 20
MAX_AHEAD = 4096
"""batches whose indices are remembered until workers have made them"""


class DataHandlers(Handler):
    """Loaders, epochs and batches."""

    def __init__(self, owner: Owner) -> None:
        super().__init__(owner)
        self.sources = count()
        """numbers of loaders and of lines that clip"""
        self.loaders: dict[object, int] = {}
        """what makes two loaders the same one → its number"""
        self.numbers: dict[int, int] = {}
        """identity of a living loader → its number"""
        self.indices: weakref.WeakKeyDictionary[Any, dict[int, list[int]]] = weakref.WeakKeyDictionary()
        """loader iterator → number of a batch → indices of its examples"""
        self.iterators: weakref.WeakSet[Any] = weakref.WeakSet()
        """living loader iterators without workers"""
        self.loader_of: weakref.WeakKeyDictionary[Any, tuple[int, int]] = weakref.WeakKeyDictionary()
        """loader iterator → number of its loader, epochs of it that had begun before"""
        self.epochs: dict[int, int] = {}
        """number of a loader → epochs that have begun"""
        self.places: dict[int, Where] = {}
        """number of a loader → where it was first made"""
        self.names: dict[int, str] = {}
        """number of a loader → what the user calls it"""
        self.evaluations: EvaluationWatch | None = None

    def loader_made(self, _: Any, __: Any, loader: Any, *___: Any) -> None:
        identity = self.owner.registry.number(loader)
        if identity in self.numbers:
            return

        def tell(recorder: Recorder) -> None:
            if loader.num_workers:
                self.owner.keep_indices()
            place = self._made_at(loader, sys._getframe(3))
            key = self._loader_key(loader, place)
            weakref.finalize(loader, self.numbers.pop, identity, None).atexit = False
            if key in self.loaders:  # made anew at the same line over the same data: its epochs go on
                self.numbers[identity] = self.loaders[key]
                return
            number = self.numbers[identity] = self.loaders[key] = next(self.sources)
            self.places[number] = place
            event = Loader(
                step=recorder.index, id=number, batch_size=loader.batch_size,
                sampler=type(loader.sampler).__name__ if loader.batch_size is not None else None,
                workers=loader.num_workers, drop_last=bool(loader.drop_last),
                dataset=type(loader.dataset).__name__, size=length(loader.dataset),
                labels=tensor_labels(loader.dataset), **place,
            )
            recorder.part.write(event)

        self._to(tell)

    @guarded
    def epoch_begins(self, _: Any, iterator: Any, loader: Any, *__: Any) -> None:
        number = self.numbers.get(self.owner.registry.number(loader))
        if number is not None:
            self._row(Kind.EPOCH, number)
            before = self.epochs.get(number, 0)
            self.epochs[number] = before + 1
            self.loader_of[iterator] = number, before
            recorder = self.recorder
            if recorder is not None and self.evaluations is not None and self.evaluations.pass_begins(recorder, number):
                name = self.names.get(number)
                if name is None:
                    name = self.names[number] = self._name_of(number, sys._getframe(1))
                self.evaluations.await_first_batch(recorder, number, name)
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
        number = self.owner.registry.number
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
        if recorder is None or (recorder.sampled is None and recorder.ledger_at and not iterator._num_workers):
            return
        if isinstance(indices, list) and not any(index is None for index in indices[:1]):
            ahead = iterator._num_workers
            waiting = self.indices.setdefault(iterator, {})
            waiting[iterator._send_idx if ahead else iterator._num_yielded] = indices
            if len(waiting) > MAX_AHEAD:
                del waiting[next(iter(waiting))]

    @guarded
    def batch_drawn(self, _: Any, result: Any, iterator: Any, *__: Any) -> None:
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
        if not recorder.ledger_at and recorder.ledger is not None and iterator in self.loader_of:
            number, before = self.loader_of[iterator]
            name = self.names.get(number)
            if name is None:
                name = self.names[number] = self._name_of(number, sys._getframe(3))
            size = length(iterator._dataset)
            tensors = tuple(tensors_in(result))
            recorder.ledger.batch_drawn(Drawn(number, indices, size, before, tensors, name, self.places[number]))

    def _name_of(self, loader: int, frame: FrameType) -> str:
        """What the user calls a loader, where one of his variables holds it: the outermost, ``val_loader``."""
        known = self.owner.registry.identities.known
        found = ""
        for user in islice(user_frames(frame, self.owner.frames), 4):
            for name, value in held(user):
                if isinstance(value, DataLoader) and self.numbers.get(known(value) or -1) == loader:
                    found = name
        return found


def tensors_in(batch: Any) -> Iterator[torch.Tensor]:
    """The tensors of a batch that a loader has handed out, in order."""
    if isinstance(batch, torch.Tensor):
        if batch.dim():
            yield batch
    elif isinstance(batch, Mapping):
        for value in batch.values():
            yield from tensors_in(value)
    elif isinstance(batch, list | tuple):
        for value in batch:
            yield from tensors_in(value)


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
