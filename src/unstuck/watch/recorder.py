"""What a recorder is: the one thing that a framework must bring so that its trainings can be watched.

`watch.torch.session.Session` is one. The contract that each keeps stands in `testing.contracts.recorder`: subclass
it to test a recorder of your own. What it writes are the events of `record.events` and rows of the timeline.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from unstuck.watch.ended import FINISHED, Ended
from unstuck.watch.options import WatchOptions


class Recorder(Protocol):
    """Records every training of one process, from `open` to `close`; no method of it may disturb the training."""

    failure: str | None
    """why recording ended before its time; None where it did not"""

    def open(self) -> None:
        """Hook into the framework, and record from now on, or from the first backward on."""

    def close(self, ended: Ended = FINISHED) -> None:
        """Take every hook out, write how the program ended, close the files. A second call does nothing."""

    def forked(self) -> None:
        """In a forked child: the files belong to the parent; let go of them without a trace."""


class MakeRecorder(Protocol):
    """Makes the recorder of a process; nothing is hooked or written before `Recorder.open`."""

    def __call__(self, directory: Path, options: WatchOptions, known: tuple[object, ...] = ()) -> Recorder:
        """A recorder.

        Args:
            directory: of the part that it writes; it makes it itself.
            options: how the program is watched.
            known: models and optimisers that were made before.
        """
