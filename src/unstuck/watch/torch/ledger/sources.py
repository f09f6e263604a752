"""Where the examples of a batch come from: which loader or tensor of the user's, and which of its rows."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NamedTuple

import torch

from unstuck.record.ledger import Source, Stored
from unstuck.watch.source import Frames, Location, Where, where
from unstuck.watch.torch.ledger.keys import Keys
from unstuck.watch.torch.ledger.loop_variables import LoopVariables
from unstuck.watch.torch.ledger.tensors import TensorWriter
from unstuck.watch.torch.ledger.user_arrays import Named, same_place, user_arrays

Tensor = torch.Tensor
KeysOf = Callable[[], Tensor]
SEARCHES = 3
"""times that the variables above one line are searched for what its batches are taken from"""
MOST_STARTS = 64
"""places in an order of rows at which a batch may begin"""
MOST_HASHED = 1 << 25
"""numbers of a tensor that is hashed to find rows of it again"""


class Drawn(NamedTuple):
    """A batch that a loader has handed out."""

    loader: int
    rows: list[int] | None
    """positions in the loader's data set"""
    size: int | None
    """length of the data set"""
    round: int
    """epochs of the loader before this one"""
    tensors: tuple[Tensor, ...]
    """what lies in it, in order"""
    name: str
    """what the user calls the loader"""
    place: Where
    """where he makes it"""

    def belongs(self, inputs: Tensor) -> bool:
        """Whether these inputs are this batch, or made of it."""
        if any(tensor is inputs for tensor in self.tensors):
            return True
        return bool(self.tensors) and len(self.tensors[0]) == len(inputs)

    def labels(self, inputs: Tensor) -> Tensor | None:
        """What came with the inputs."""
        others = [tensor for tensor in self.tensors if tensor is not inputs and len(tensor) == len(inputs)]
        if len(self.tensors) < 2 or not others:
            return None
        return others[-1]


class Origin(NamedTuple):
    """Source and rows of a batch."""

    source: int
    rows: Tensor | None = None
    keys: Tensor | None = None
    round: int | None = None
    """epochs of the loader before; None where no loader counts them"""
    size: int | None = None
    """examples of a tensor: what is counted where no loader counts epochs"""


@dataclass(slots=True)
class _Known:
    """A tensor of the user's whose rows can be found again."""

    name: str
    place: tuple[Any, ...]
    """address and shape"""
    source: int | None
    """None: none of its rows were found in a batch yet"""
    keys: Tensor
    ordered: Tensor
    """the keys, ascending"""
    order: Tensor
    repeated: Tensor
    """keys that several rows have"""


class _Whole(NamedTuple):
    """A tensor of the user's that batches are slices of."""

    source: int
    size: int
    offset: int
    """where it begins in its storage"""
    held: weakref.ref[object] | None = None
    """of a tensor that is evaluated whole: when it is gone, another one may lie in its place"""

    def rows(self, at: int, batch: Tensor) -> Tensor | None:
        """The rows that a batch at this offset of the storage is; None where it lies elsewhere."""
        if self.held is not None and self.held() is None:
            return None
        first, left = divmod(at - self.offset, max(1, batch.stride(0)))
        if left or not 0 <= first <= self.size - len(batch):
            return None
        return torch.arange(first, first + len(batch))


@dataclass(slots=True)
class Sources:
    """All sources of a run, numbered."""

    writer: TensorWriter
    keys: Keys
    frames: Frames
    numbers: dict[Any, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    """source → what the user calls it"""
    wholes: dict[Any, list[_Whole]] = field(default_factory=dict)
    """storage and form of a slice → what it is a slice of"""
    known: dict[tuple[Any, ...], list[_Known]] = field(default_factory=dict)
    """type and shape of an example → tensors that examples were found in"""
    searched: dict[Any, int] = field(default_factory=dict)
    loops: LoopVariables = field(default_factory=LoopVariables)
    entered_at: Location | None = None
    """where the batch at hand went into the network"""

    def of_loader(self, drawn: Drawn) -> Origin:
        """The loader's data set, and the indices of the sampler."""
        source = self._number(
            ("loader", drawn.loader), what="loader", loader=drawn.loader, size=drawn.size, name=drawn.name,
            **drawn.place,
        )
        rows = None if drawn.rows is None else torch.tensor(drawn.rows, dtype=torch.int64)
        return Origin(source, rows, round=drawn.round)

    def of_view(self, batch: Tensor, frame: FrameType | None, *, whole: KeysOf | None = None) -> Origin | None:
        """The tensor that a batch is a slice of, or the batch itself.

        None where no variable holds that tensor, or where another one is like it: it may be a shuffled copy, and the
        rows are to be those of the original.

        Args:
            batch: what went into the network.
            frame: of the user.
            whole: where the batch itself may be all there is, its keys.
        """
        if not batch.numel() or not batch.is_cpu:
            return None
        key = (batch.untyped_storage().data_ptr(), batch.dtype, tuple(batch.shape[1:]), batch.stride())
        at = int(batch.storage_offset())
        for found in self.wholes.get(key, ()):
            if (rows := found.rows(at, batch)) is not None:
                return Origin(found.source, rows, size=found.size)
        made = self._whole(batch, frame, whole)
        if made is None:
            return None
        self.wholes.setdefault(key, []).append(made)
        return Origin(made.source, made.rows(at, batch), size=made.size)

    def _whole(self, batch: Tensor, frame: FrameType | None, keys: KeysOf | None) -> _Whole | None:
        """The shortest tensor that the batch lies in: a longer one where no keys are given."""
        least = len(batch) + (keys is None)
        storage = batch.untyped_storage().data_ptr()
        arrays = list(user_arrays(frame, self.frames))
        at, found = int(batch.storage_offset()), []
        for named in arrays:
            values = named.values
            if (
                values.untyped_storage().data_ptr() == storage and values.dtype == batch.dtype
                and values.shape[1:] == batch.shape[1:] and values.stride() == batch.stride()
                and len(values) >= least
            ):  # fmt: skip
                whole = _Whole(-1, len(values), int(values.storage_offset()))
                if whole.rows(at, batch) is not None and not self._holds_batches(named, batch, keys):
                    found.append(named)
        if not found:
            return None
        best = min(reversed(found), key=lambda one: len(one.values))
        values = best.values
        alike = (n.values for n in arrays if n.values.shape == values.shape and values.dim() > 1)
        if not all(same_place(other, values) for other in alike):
            return None
        if len(values) > len(batch) or keys is None:
            return _Whole(self._named(best), len(values), int(values.storage_offset()))
        source = self.loops.same_as_before(best, keys())
        source = self._named(best) if source is None else source
        self.loops.holds(best, source, keys())
        return _Whole(source, len(values), int(values.storage_offset()), weakref.ref(best.value))

    def _named(self, named: Named) -> int:
        """The number of a tensor of the user's."""
        place, size = self._held_at(named), len(named.values)
        return self._number(_place(named.values), what="tensor", size=size, name=named.name, **place)

    def _holds_batches(self, named: Named, batch: Tensor, keys: KeysOf | None) -> bool:
        """Whether it is a variable that holds one batch after the other, and this one now."""
        return keys is not None and len(named.values) == len(batch) and self.loops.holds_batches(named, keys)

    def described_anew(self, origin: Origin) -> Origin:
        """What was taken for whole sets, and is not, belongs where the batch at hand belongs."""
        for number in self.loops.sources:
            key = next(key for key, one in self.numbers.items() if one == number)
            self.numbers["once", self.numbers.pop(key)] = number  # another tensor may lie in its place
            if number != origin.source:
                self.writer.write(Source(id=number, what="batches", same_as=origin.source), {})
        self.loops.sources.clear()
        return origin

    def of_rows(self, whole: Named, rows: Tensor) -> Origin:
        """These rows of a tensor of the user's."""
        return Origin(self._named(whole), rows, size=len(whole.values))

    def of_keys(self, batch: Tensor, keys: Tensor, frame: FrameType | None, *, whole: bool) -> Origin | None:
        """The tensor or array in the variables above that holds every example of the batch, the outermost first.

        It is longer than the batch, unless that may be ``whole``: a variable holds the batch itself, too.
        """
        form = (batch.dtype, tuple(batch.shape[1:]))
        site = (form, id(frame.f_code) if frame is not None else 0)
        for known in self.known.get(form, ()):
            if (rows := _rows(known, keys)) is not None:
                return self._found(known, rows, keys, frame)
        if self.searched.get(site, 0) >= SEARCHES:
            return None
        self.searched[site] = self.searched.get(site, 0) + 1
        for named in reversed(list(user_arrays(frame, self.frames))):
            if len(named.values) < len(batch) + (not whole) or self._holds_batches(named, batch, lambda: keys):
                continue
            made = self._hashed(named, batch, form)
            if made is not None and (rows := _rows(made, keys)) is not None:
                origin = self._found(made, rows, keys, frame)
                if len(named.values) == len(batch):
                    self.loops.holds(named, origin.source, keys)
                return origin
        return None

    def _found(self, known: _Known, rows: Tensor, keys: Tensor, frame: FrameType | None) -> Origin:
        size = len(known.keys)
        if known.source is None:
            held = reversed(list(user_arrays(frame, self.frames)))
            place: Mapping[str, Any] = next(
                (self._held_at(named) for named in held if _place(named.values) == known.place), {}
            )
            known.source = self._number(known.place, what="tensor", size=size, name=known.name, **place)
            self.writer.write(Stored(source=known.source), {"keys": known.keys})
        if len(known.repeated) and bool(torch.isin(keys, known.repeated).any()):
            rows = self._of_equal(known, keys, frame, rows)
        return Origin(known.source, rows, keys, size=size)

    def _of_equal(self, known: _Known, keys: Tensor, frame: FrameType | None, rows: Tensor) -> Tensor:
        """Which of several equal rows they are, by a variable that holds their positions, or those of all batches.

        Args:
            known: what they are rows of.
            keys: (n,) of the batch.
            frame: of the user.
            rows: (n,) one row for each key, where no variable says more.
        """
        count, size = len(keys), len(known.keys)
        for values in (named.values for named in user_arrays(frame, self.frames)):
            if values.dim() != 1 or not count <= len(values) or values.dtype not in (torch.int64, torch.int32):
                continue
            if int(values.min()) < 0 or int(values.max()) >= size:
                continue
            there = known.keys[values.long()]
            starts = torch.nonzero(there[: len(there) - count + 1] == keys[0])[:MOST_STARTS, 0].tolist()
            for start in starts:
                if torch.equal(there[start : start + count], keys):
                    return values[start : start + count].long()
        return rows

    def _hashed(self, named: Named, batch: Tensor, form: tuple[Any, ...]) -> _Known | None:
        values = named.values
        if values.shape[1:] != batch.shape[1:] or values.numel() > MOST_HASHED:
            return None
        place = _place(values)
        if any(known.place == place for known in self.known.get(form, ())):
            return None
        keys = self.keys.of(values.to(batch.dtype))
        ordered, order = torch.sort(keys)
        repeated = torch.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        known = _Known(named.name, place, None, keys, ordered, order, repeated)
        self.known.setdefault(form, []).append(known)
        return known

    def of_index(self, batch: Tensor, labels: Tensor | None, frame: FrameType | None) -> Origin | None:
        """Rows by a variable that holds the positions of the batch: the labels taken there are those of the batch."""
        if labels is None or labels.numel() != len(batch):
            return None
        arrays = list(user_arrays(frame, self.frames))
        indices = [
            named.values for named in arrays
            if named.values.shape == (len(batch),) and named.values.dtype in (torch.int64, torch.int32)
            and len(torch.unique(named.values)) == len(batch) > 2 and int(named.values.min()) >= 0
        ]  # fmt: skip
        flat = labels.detach().reshape(-1)
        for rows in indices:
            for named in arrays:
                values = named.values
                if values.numel() != len(values) or len(values) <= int(rows.max()) or len(values) <= len(batch):
                    continue
                if torch.equal(values.reshape(-1)[rows.long()].to(flat.dtype), flat):
                    key = ("rows of", len(values), named.name)
                    name, place = self._inputs_beside(named, arrays), self._held_at(named)
                    source = self._number(key, what="tensor", size=len(values), name=name, **place)
                    return Origin(source, rows.long(), size=len(values))
        return None

    def _inputs_beside(self, labels: Named, arrays: list[Named]) -> str:
        """The name of the inputs that go with these labels."""
        names = [n.name for n in arrays if n.values.dim() > 1 and len(n.values) == len(labels.values)]
        return names[0] if len(names) == 1 else ""

    def unknown(self, inputs: Tensor) -> Origin:
        """Nothing is known behind these batches; sequences are padded to their own longest one, so any width is one."""
        tokens = inputs.dim() == 2 and not inputs.is_floating_point()
        form = "tokens" if tokens else tuple(inputs.shape[1:])
        return Origin(self._number(("batches", form), what="batches"))

    def _held_at(self, named: Named) -> Where:
        """The line of the frame that holds it; in the frame that called the network the line of that call."""
        held, entered = self.frames.location(named.frame), self.entered_at
        within = held is not None and entered is not None and held[::2] == entered[::2]
        return where(entered if within else held)

    def _number(self, key: Any, **about: Any) -> int:
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.numbers)
            self.names[number] = about.get("name", "")
            self.writer.write(Source(id=number, **(dict[str, Any](where(self.entered_at)) | about)), {})
        return number


def _place(values: Tensor) -> tuple[Any, ...]:
    return "tensor", values.data_ptr(), tuple(values.shape)


def _rows(known: _Known, keys: Tensor) -> Tensor | None:
    """The positions of examples with these keys; None where one is not there."""
    at = torch.searchsorted(known.ordered, keys).clamp_(max=len(known.ordered) - 1)
    return known.order[at] if torch.equal(known.ordered[at], keys) else None
