"""The example ledger of a branch: it sees every batch, and tells interventions what is trained on.

The branch is ours: nothing is saved for the user's time. What it keeps, it writes to a file of the branch as it ends,
in the form of `unstuck.record.ledger`: the examples' places, keys, labels, and outputs, never their inputs. The file
is gone with the branch.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch

from unstuck.record.ledger import COMPLETE, Batch, Entry, LedgerWriter, Phase, Slot
from unstuck.watch.torch.ledger.coverage import Coverage
from unstuck.watch.torch.ledger.forward import Forward
from unstuck.watch.torch.ledger.ledger import ExampleLedger
from unstuck.watch.torch.ledger.sources import Drawn, Origin
from unstuck.watch.torch.ledger.tensors import KEPT, TensorWriter

if TYPE_CHECKING:
    from unstuck.watch.torch.session import Session
    from unstuck.watch.torch.step_recorder import Recorder

Tensor = torch.Tensor
EXAMPLES_FILE = "examples"
"""in a branch's directory"""
KEPT_ROUNDS = 2
"""evaluations of a source that are kept: the last ones"""
TRAINING_ROUNDS = 2
"""epochs whose examples are kept: they say what was trained on"""
MOST_TRAINED = 2_000_000
"""visits of training examples that are kept"""
HEAD_BYTES = 4096
"""of an entry, beside its arrays"""


class Everything(Coverage):
    """Looks at every batch."""

    __slots__ = ()

    def affords(self, elapsed: float, looks: int = 1, kept: float = 0.0) -> bool:
        """Always."""
        return True

    def pause(self, index: int, elapsed: float, rounds: int, *, evaluated: bool = True) -> int:
        """Never."""
        return 0


@dataclass(slots=True)
class Entries:
    """A `TensorWriter` that keeps what is written, until the branch ends."""

    kept: list[tuple[Entry, dict[str, Tensor]]] = field(default_factory=list)
    size: int = COMPLETE.size

    def write(self, entry: Entry, tensors: Mapping[str, Tensor | None]) -> bool:
        """Keep copies: the user may write into his tensors."""
        self.kept.append((entry, {
            name: tensor.detach().cpu().clone() for name, tensor in tensors.items()
            if tensor is not None and tensor.dtype in KEPT
        }))  # fmt: skip
        return True

    def to_file(self, path: Path) -> None:
        """All of it, in the form of `unstuck.record.ledger`."""
        size = COMPLETE.size + sum(
            HEAD_BYTES + sum(16 + Slot(_name(one), tuple(one.shape)).size for one in tensors.values())
            for _, tensors in self.kept
        )
        with path.open("w+b") as file:
            os.ftruncate(file.fileno(), size)
            with mmap.mmap(file.fileno(), size) as memory:
                writer = TensorWriter(LedgerWriter(memory))
                for entry, tensors in self.kept:
                    writer.write(entry, tensors)


def _name(tensor: Tensor) -> str:
    return str(KEPT[tensor.dtype]).removeprefix("torch.")


@dataclass(frozen=True, slots=True)
class Trained:
    """A batch that is trained on, and where it comes from."""

    origin: Origin
    drawn: Drawn | None
    """None where no loader has handed it out"""
    inputs: Tensor
    labels: Tensor | None
    frame: FrameType | None
    """of the user, where the backward call stands"""


class BranchLedger(ExampleLedger):
    """Sees every batch."""

    def __init__(self, session: Session, recorder: Recorder, path: Path) -> None:
        super().__init__(recorder, mmap.mmap(-1, mmap.PAGESIZE), session._listen)
        self.session = session
        self.entries = Entries()
        self.path = path
        self.coverage = Everything()
        self.writer = self.sources.writer = self.entries  # type: ignore[assignment]
        self.listeners: list[Callable[[Trained], object]] = []
        """told of every batch that is trained on"""
        self.sources_trained: set[int] = set()
        """sources that were trained on"""
        self.frame: FrameType | None = None
        self.changed: tuple[Tensor, Tensor] | None = None
        """what entered a network last in the place of what the script has given it, and that"""
        self.last_round: dict[int, int] = {}
        self.visits = 0
        """of training examples"""
        self.failure = ""

    @classmethod
    def opened(cls, session: Session, path: Path) -> BranchLedger:
        """In the place of a session's own ledger."""
        assert session.recorder is not None
        made = cls(session, session.recorder, path)
        session.recorder.ledger = made
        made.arm(True)
        return made

    def called(
        self, module: torch.nn.Module, result: Any, given: Sequence[Any], named: Mapping[str, Any] | None, frame: Any
    ) -> None:
        """A module has returned: it is the script's own batch that is known by its place."""
        if self.changed is not None and given and given[0] is self.changed[0]:
            given = (self.changed[1], *given[1:])
        super().called(module, result, given, named, frame)

    def trained(self, frame: FrameType | None) -> None:
        """Remember where, for those who look for the user's variables."""
        self.frame = frame
        super().trained(frame)
        self.frame = None

    def loader_of(self, iterator: object) -> int | None:
        """The number of the loader that an iterator belongs to."""
        found = self.session.handlers.data.loader_of.get(iterator)
        return None if found is None else found[0]

    def dataset_drawn(self) -> Any:
        """The data set behind the loader that has handed out the batch of now; None where there is none with rows."""
        handlers = self.session.handlers.data
        for iterator in list(handlers.loader_of):
            if self.drawn is not None and self.loader_of(iterator) == self.drawn.loader and self.drawn.size:
                return iterator._dataset
        return None

    def origin_of(self, inputs: Tensor, frame: FrameType | None) -> Origin | None:
        """Where a batch comes from that is about to enter a network."""
        drawn = self.drawn if self.drawn is not None and self.drawn.belongs(inputs) else None
        if drawn is not None:
            return self.sources.of_loader(drawn)
        forward = Forward(0, inputs, None, False, False, None)
        self._of_variables(forward, frame)
        return forward.origin

    def _write(self, forward: Forward, phase: Phase) -> None:
        inputs = forward.together()
        origin = forward.origin
        if origin is None:
            drawn = forward.drawn
            origin = self.sources.of_loader(drawn) if drawn is not None else self.sources.unknown(inputs)
        rows = origin.rows if origin.rows is not None and len(origin.rows) == len(inputs) else None
        keys = self.keys.of(inputs) if origin.keys is None and rows is None else origin.keys
        round_ = self._round(origin, phase, len(inputs), keys)
        training = phase is Phase.TRAINING
        labels = forward.given_labels()
        if training:
            self.sources_trained.add(origin.source)
            told = Trained(origin, forward.drawn, forward.inputs, labels, self.frame)
            for listener in self.listeners:
                listener(told)
            self.visits += len(inputs)
            if round_ >= TRAINING_ROUNDS or self.visits > MOST_TRAINED:
                return
        current, loss = self.state.current, forward.loss
        entry = Batch(
            source=origin.source, phase=phase, training=current.number if current is not None else 0,
            step=self.state.index, round=round_, function=forward.function, mode=forward.training_mode,
            size=len(inputs), loss=float(loss) if loss is not None and loss.numel() == 1 else None,
        )  # fmt: skip
        self.entries.write(entry, {
            "rows": rows, "keys": keys if keys is not None else self.keys.of(inputs),
            "labels": labels, "outputs": None if training else forward.answers(),
        })  # fmt: skip
        if not training and self.last_round.get(origin.source) != round_:
            self.last_round[origin.source] = round_
            self._forget(origin.source)

    def _forget(self, source: int) -> None:
        """Of the evaluations of a source the last ones count."""
        mine = [
            entry for entry, _ in self.entries.kept
            if isinstance(entry, Batch) and entry.source == source and entry.phase is Phase.EVALUATION
        ]  # fmt: skip
        rounds = sorted({entry.round for entry in mine})
        old = {id(entry) for entry in mine if entry.round not in rounds[-KEPT_ROUNDS:]}
        if old:
            self.entries.kept = [one for one in self.entries.kept if id(one[0]) not in old]

    def broke(self, error: Exception) -> None:
        """What was seen says nothing then."""
        self.failure = f"examples could not be followed: {type(error).__name__}: {error}"[:300]
        super().broke(error)

    def finish(self) -> None:
        """The branch ends: what was seen goes into its file."""
        super().finish()
        if not self.failure:
            self.entries.to_file(self.path)
