"""What passes through a training loop, handed from the watched process to the one that examines it.

It lies in an anonymous file that both have mapped into memory (`Ledger`): it never is a file that one could open,
it outlives a process that is killed, and is gone with the last of the two. What is found out is written to the record;
the examples are not.

The file begins with the number of bytes that are complete. Then follow entries: a head of two lengths (JSON, all), the
JSON with the fields of an `Entry`, and the arrays, each at a multiple of 16 bytes. Shapes: *n* examples of a batch.
The watched process needs the standard library alone to write it.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

LEDGER_BYTES = 64 << 20
"""most that is kept of a run"""
COMPLETE = struct.Struct("<Q")
HEAD = struct.Struct("<II")
ALIGNED = 16
LOWEST_DESCRIPTOR = 200
"""the file's number is above those that a program's own files get"""
SIZES: Mapping[str, int] = {
    "float64": 8, "float32": 4, "float16": 2, "int64": 8, "int32": 4, "int16": 2, "uint8": 1, "bool": 1,
}  # fmt: skip
"""types that an array may have → bytes of a number"""


class Phase(StrEnum):
    """What a batch was used for."""

    TRAINING = "training"
    """its loss carried a gradient"""
    EVALUATION = "evaluation"
    """without a gradient"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that was seen."""

    entry: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Entry):
    """Where batches come from: a loader, or a tensor that batches are taken from."""

    entry: ClassVar[str] = "source"
    id: int
    what: str = ""
    """``loader`` (over a data set), ``tensor`` (in the user's hands), ``batches`` (nothing behind them is known)"""
    name: str = ""
    """what the user calls it: ``X_train``, ``val_loader``; "" where that is not known"""
    loader: int | None = None
    """id of the ``loader`` event"""
    size: int | None = None
    """examples in all"""
    file: str | None = None
    """where the user's program makes the loader, or calls the network with the first batch of a tensor"""
    line: int | None = None
    same_as: int | None = None
    """of what was taken for a whole set and is a batch: the source that it belongs to, where its rows are unknown"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Entry):
    """The keys of all examples of a source that lies in the user's memory, in their order."""

    entry: ClassVar[str] = "stored"
    source: int
    keys: Array | None = None  # (n,) int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Entry):
    """One batch that went through the network."""

    entry: ClassVar[str] = "batch"
    source: int
    phase: Phase
    training: int = 0
    step: int = 0
    """backward calls made before it"""
    round: int = 0
    """of the source: counts the epochs of a loader, and how often evaluation began anew"""
    function: str | None = None
    """the loss function of torch that was called; None where the loss was computed by hand, or not at all"""
    mode: bool | None = None
    """whether the network was in training mode"""
    size: int = 0
    """n"""
    loss: float | None = None
    """that was computed of it"""
    rows: Array | None = None  # (n,) int64
    """positions in the source"""
    keys: Array | None = None  # (n,) int64
    """keyed hash of each example's input as it entered the network; the key is new in every run"""
    inputs: Array | None = None  # (k, …)
    """as they entered the network"""
    kept: Array | None = None  # (k,) int64
    """which examples of the batch ``inputs`` are of; None: all"""
    labels: Array | None = None  # (n, …)
    """what the loss was given, or what came with the inputs from the loader"""
    outputs: Array | None = None  # (n, K)
    """what the loss was given of the network's output"""


KINDS: Mapping[str, type[Entry]] = {kind.entry: kind for kind in (Source, Stored, Batch)}


class Slot(NamedTuple):
    """An array that the writer fills in itself."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return SIZES[self.dtype] * prod(self.shape)


@dataclass(slots=True)
class LedgerWriter:
    """Appends entries; what does not fit is refused."""

    memory: mmap.mmap
    at: int = COMPLETE.size

    @property
    def room(self) -> int:
        """Bytes that are left."""
        return len(self.memory) - self.at

    def begin(self, entry: Entry, slots: Mapping[str, Slot]) -> dict[str, int] | None:
        """Where the arrays of an entry are to be written; None where there is no room. `commit` makes it count."""
        places: dict[str, int] = {}
        end = 0
        arrays = []
        for name, slot in slots.items():
            end = -(-end // ALIGNED) * ALIGNED
            arrays.append((name, slot.dtype, slot.shape, end))
            places[name] = end
            end += slot.size
        known = {name: value for name, value in asdict(entry).items() if value is not None}
        text = json.dumps({"entry": entry.entry, "fields": known, "arrays": arrays}).encode()
        first = -(-(self.at + HEAD.size + len(text)) // ALIGNED) * ALIGNED
        if first + end > len(self.memory):
            return None
        HEAD.pack_into(self.memory, self.at, len(text), first + end - self.at)
        self.memory[self.at + HEAD.size : self.at + HEAD.size + len(text)] = text
        return {name: first + place for name, place in places.items()}

    def commit(self) -> None:
        """The entry that was begun is complete."""
        self.at += HEAD.unpack_from(self.memory, self.at)[1]
        self.at = -(-self.at // ALIGNED) * ALIGNED
        COMPLETE.pack_into(self.memory, 0, self.at)

    def write(self, entry: Entry, arrays: Mapping[str, Array]) -> bool:
        """Append an entry with NumPy arrays; False where there is no room."""
        places = self.begin(entry, {name: Slot(array.dtype.name, array.shape) for name, array in arrays.items()})
        if places is None:
            return False
        import numpy as np

        for name, array in arrays.items():
            into = np.frombuffer(self.memory, array.dtype, array.size, places[name])
            into[:] = array.reshape(-1)
        self.commit()
        return True


class Ledger:
    """The file, as the one has it who will examine it; closed, it is gone once the other has closed it too."""

    def __init__(self, size: int = LEDGER_BYTES) -> None:
        self.descriptor = _nameless(size)
        self.memory = mmap.mmap(self.descriptor, size)
        self.closed = False

    @property
    def used(self) -> bool:
        """Whether there is an entry."""
        return int(COMPLETE.unpack_from(self.memory, 0)[0]) > COMPLETE.size

    def handed_on(self) -> str:
        """What `claimed` takes in a process that is started next: it inherits the descriptor."""
        os.set_inheritable(self.descriptor, True)
        file = os.fstat(self.descriptor)
        return f"{self.descriptor}:{file.st_dev}:{file.st_ino}"

    def close(self) -> None:
        """Let go of it; arrays that were read stay valid for as long as they live."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor, self.closed = -1, True


def new_ledger() -> Ledger | None:
    """A ledger; None where the system gives no room for one: the program runs all the same, and is not followed."""
    try:
        return Ledger()
    except (OSError, ValueError):
        return None


def _nameless(size: int) -> int:
    """A file without a name; memory is used only as it is written. -1 on Windows: it cannot be handed on there."""
    if sys.platform == "win32":
        return -1
    import fcntl

    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("unstuck")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    try:
        os.ftruncate(descriptor, size)
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
    finally:
        os.close(descriptor)


def claimed(place: str) -> mmap.mmap | None:
    """The file in memory, for the first process that asks; None for others, and where the descriptor was closed."""
    descriptor, device, inode = (int(number) for number in place.split(":"))
    try:
        file = os.fstat(descriptor)
        if (file.st_dev, file.st_ino) != (device, inode):
            return None
        memory = mmap.mmap(descriptor, file.st_size)
    except (OSError, ValueError):
        return None
    if COMPLETE.unpack_from(memory, 0)[0]:
        return None
    COMPLETE.pack_into(memory, 0, COMPLETE.size)
    os.set_inheritable(descriptor, False)
    return memory


def entries(memory: mmap.mmap | bytes) -> Iterator[Entry]:
    """All complete entries; arrays are read-only views of the memory, valid while it is mapped."""
    complete = COMPLETE.unpack_from(memory, 0)[0]
    at = COMPLETE.size
    whole = memoryview(memory).toreadonly()
    while at + HEAD.size <= complete:
        length, size = HEAD.unpack_from(memory, at)
        told = json.loads(memory[at + HEAD.size : at + HEAD.size + length])
        first = -(-(at + HEAD.size + length) // ALIGNED) * ALIGNED
        yield _entry(told["entry"], told["fields"], told["arrays"], whole[first : at + size])
        at = -(-(at + size) // ALIGNED) * ALIGNED


def _entry(name: str, known: dict[str, Any], arrays: Sequence[Any], data: memoryview) -> Entry:
    import numpy as np

    kind = KINDS[name]
    if "phase" in known:
        known["phase"] = Phase(known["phase"])
    for array, dtype, shape, at in arrays:
        known[array] = np.frombuffer(data, dtype, prod(shape), at).reshape(shape)
    return kind(**{one.name: known[one.name] for one in fields(kind) if one.name in known})
