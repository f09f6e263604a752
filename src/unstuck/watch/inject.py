"""The recorder's life in one process that `unstuck run` watches: begin, fork, worker, end.

Whatever fails here switches the recorder off and is noted in the record; the user's program goes on.
"""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from importlib.machinery import PathFinder
from multiprocessing.process import current_process, parent_process
from multiprocessing.util import Finalize, register_after_fork
from pathlib import Path

from unstuck.record import schema
from unstuck.record.writer import dump_json, write_whole
from unstuck.watch.ended import Ended, how_it_ended
from unstuck.watch.options import WatchOptions
from unstuck.watch.recorder import Recorder

CHILD = "child.json"
"""written by the program's first process: when it began, how it ended"""
FAILURE = "failure-{}.json"
"""written by a process in which the recorder failed"""
HELPERS = ("torch.utils.data.", "multiprocessing.managers", "multiprocessing.resource_")
"""modules whose workers do not train"""


class Watch:
    """The recorder of this process, and of the workers that are forked from it."""

    def __init__(self, record: str, options: str, main: bool) -> None:
        self.record = Path(record)
        self.options = WatchOptions.from_text(options)
        self.main = main
        self.session: Recorder | None = None
        self.failed = False

    def begin(self) -> None:
        """``import torch`` has completed in this process."""
        try:
            os.register_at_fork(after_in_child=self._forked)
            register_after_fork(self, Watch._in_worker)
            # A spawned worker imports torch while it unpickles its task, and skips the after-fork functions.
            if parent_process() is None and not hasattr(current_process(), "_inheriting"):
                self._open(self.options)
            else:
                self._in_worker()
        except Exception as error:
            self._note_failure("start", error)

    def end(self, path: list[str]) -> None:
        """The program is over, its module path was ``path``: close the record, and say how it ended."""
        try:
            ended = how_it_ended()
            self._close(ended)
            if self.main:
                write_whole(self.record / CHILD, dump_json(self._about(ended, path)))
        except Exception as error:
            self._note_failure("end", error)

    def _open(self, options: WatchOptions) -> None:
        try:
            from unstuck.watch.torch.session import Session

            self.session = Session(self._part(), options)
            self.session.open()
            self._note_failure("start", self.session.failure)
        except Exception as error:
            self.session = None
            self._note_failure("start", error)

    def _close(self, ended: Ended) -> None:
        session, self.session = self.session, None
        if session is not None:
            try:
                session.close(ended)
                self._note_failure("training", session.failure)
            except Exception as error:
                self._note_failure("end", error)

    def _forked(self) -> None:
        """In a forked child: the record belongs to its parent."""
        session, self.session = self.session, None
        self.main = False
        if session is not None:
            try:
                session.forked()
            except Exception as error:
                self._note_failure("fork", error)

    def _in_worker(self) -> None:
        """In a worker of multiprocessing: a forked one just before its task, a spawned one with torch."""
        task = getattr(current_process(), "_target", None)
        if str(getattr(task, "__module__", "")).startswith(HELPERS):
            return
        self._open(replace(self.options, on_first_backward=True))
        # A worker may leave by os._exit, without at-exit functions; the lowest priority is called last.
        # From Python 3.13 on it no longer shows the exception of which it dies: it "finished".
        Finalize(None, self._worker_ends, exitpriority=-(1 << 30))

    def _worker_ends(self) -> None:
        self._close(how_it_ended())

    def _part(self) -> Path:
        """A directory name that no other process of the run has; process numbers may come again."""
        parts = self.record / schema.PARTS
        number = 0
        while (parts / f"{os.getpid()}-{number}").exists():
            number += 1
        return parts / f"{os.getpid()}-{number}"

    def _about(self, ended: Ended, path: list[str]) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "python": platform.python_version(),
            "executable": sys.executable,
            "torch": _torch_in(path),
            **asdict(ended),
        }

    def _note_failure(self, where: str, error: Exception | str | None) -> None:
        if self.failed or error is None:
            return
        self.failed = True
        why = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        told = {"where": where, "error": why}
        with suppress(OSError):  # the disk may be full, and that the failure itself
            write_whole(self.record / FAILURE.format(os.getpid()), dump_json(told))


def _torch_in(path: list[str]) -> str:
    """``imported``, ``not imported``, or ``absent``."""
    if "torch" in sys.modules:
        return "imported"
    return "absent" if PathFinder.find_spec("torch", path) is None else "not imported"
