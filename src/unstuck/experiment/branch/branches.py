"""A branch of a run: the user's script once more, from the same start, confined, with one thing changed."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from unstuck.core.errors import UsageError
from unstuck.experiment.branch.child import OUTCOME_FILE
from unstuck.experiment.branch.end import End
from unstuck.record import schema
from unstuck.record.reader import Record
from unstuck.record.writer import dump_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from unstuck.experiment.branch.origin import Origin
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention

SAMPLED_SHARE = 0.01
"""share of a branch's time for sampled steps: its labels and targets give the baseline of its score"""
LONGEST_NAME = 100
"""characters of a branch's folder that tell its changes: many at once would be longer than a file system allows"""
PACKAGE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Branch:
    """A branch that has run."""

    interventions: tuple[Intervention, ...]
    """none for a control"""
    seed: int
    directory: Path
    seconds: float
    ended: End
    why: str
    applied: tuple[tuple[str, ...], ...]
    """what each intervention says that it did; empty where it found nothing to do"""

    @cached_property
    def record(self) -> Record:
        """Its record, read once."""
        return Record(self.directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a branch ends."""

    steps: int
    """backward calls"""
    seconds: float
    prompt: int = 0
    """backward calls after which a branch ends whose change takes effect early and has not; 0 for never"""


class Branches:
    """A warm process in the user's interpreter that forks branches, as many at a time as may be; `run` them in it."""

    def __init__(self, origin: Origin, directory: Path, workers: int) -> None:
        self.origin = origin
        self.directory = directory
        self.workers = workers
        self.count = 0
        self.more: dict[str, object] = {}
        """further entries of every order: ``guest``, a module whose ``install(branch)`` is called before the script"""
        self.hidden: tuple[str, ...] = ()
        """paths that branches do not see, those in a folder before it"""
        self.examples = False
        """whether branches follow every example; further seeds leave the data as it is then"""
        self._pool = ThreadPoolExecutor(workers)
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._ended = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self.server = self._start()

    def _start(self) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": _path()}
        # -P: no file of the user's is imported here, where nothing is confined yet
        command = [self.origin.python, "-P", "-m", "unstuck.experiment.branch.server", *self.origin.libraries]
        return subprocess.Popen(
            command, cwd=self.origin.cwd, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def ready(self) -> None:
        """Wait until the process has imported torch.

        Raises:
            UsageError: it cannot.
        """
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        if line and not json.loads(line)["torch"]:
            raise UsageError(f"There is no torch in {self.origin.python}, so nothing can be run again with it.")
        if not line:
            assert self.server.stderr is not None
            last = (self.server.stderr.read().strip().splitlines() or ["it ended without a word"])[-1]
            raise UsageError(f"The interpreter {self.origin.python} cannot run branches: {last}")
        self._listener.start()

    def _listen(self) -> None:
        """Hand each answer to who waits for it; nothing, to all that still wait, where the process has ended."""
        assert self.server.stdout is not None
        try:
            for line in self.server.stdout:
                answer = json.loads(line)
                self._waiting.pop(answer["id"]).set_result(answer)
        finally:
            with self._lock:
                self._ended = True
                for one in self._waiting.values():
                    one.set_result({})

    def run_all(self, wanted: Sequence[tuple[tuple[Intervention, ...], int]], limits: Limits) -> list[Branch]:
        """One branch for each set of interventions and seed, as many at a time as there are processes."""
        return list(self._pool.map(lambda one: self.run(one[0], one[1], limits), wanted))

    def submit(self, interventions: tuple[Intervention, ...], seed: int, limits: Limits) -> Future[Branch]:
        """Start one branch as soon as there is room for it."""
        return self._pool.submit(self.run, interventions, seed, limits)

    def run(self, interventions: tuple[Intervention, ...], seed: int, limits: Limits) -> Branch:
        """Run one branch to its end."""
        with self._lock:
            self.count += 1
            number = self.count
        name = "+".join(one.name for one in interventions)[:LONGEST_NAME] or "control"
        directory = self.directory / f"{number:03}-{name}-{seed}"
        (directory / schema.PARTS).mkdir(parents=True)
        origin = self.origin
        order = {
            "id": number, "kind": origin.kind, "what": origin.what, "arguments": origin.arguments, "cwd": origin.cwd,
            "generators": origin.generators, "seed": seed, "steps": limits.steps, "seconds": limits.seconds,
            "threads": threads_of_each(self.workers), "workers": self.workers, "budget": SAMPLED_SHARE,
            "prompt": limits.prompt, "hidden": self.hidden, "examples": self.examples,
            "interventions": [one.to_json() for one in interventions], "directory": str(directory), **self.more,
        }  # fmt: skip
        manifest = {"schema": schema.SCHEMA_VERSION, "kind": "run", "argv": [origin.what, *origin.arguments],
                    "cwd": origin.cwd, "began": time.time(), "interventions": order["interventions"], "seed": seed}
        write_whole(directory / schema.MANIFEST, dump_json({**manifest, "ended": "finished"}))
        answer = self._order(order)
        outcome = _outcome(directory)
        return Branch(
            interventions, seed, directory, float(answer.get("seconds", 0.0)),
            End(outcome.get("ended", End.KILLED)), outcome.get("why", "") if outcome else _killed(answer),
            tuple(tuple(one) for one in outcome.get("applied", ())),
        )

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        """What the process answers; nothing where it has ended."""
        answer: Future[dict[str, Any]] = Future()
        with self._lock:
            if self._ended:
                return {}
            self._waiting[order["id"]] = answer
            assert self.server.stdin is not None
            with suppress(OSError):  # it has ended: the listener says so
                self.server.stdin.write(json.dumps(order) + "\n")
                self.server.stdin.flush()
        return answer.result()

    def close(self) -> None:
        """End the process; branches that still run end with it."""
        self.server.kill()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.server.wait()
        if self._listener.is_alive():
            self._listener.join()
        for stream in (self.server.stdin, self.server.stdout, self.server.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def threads_of_each(workers: int, environment: Mapping[str, str] = os.environ) -> int:
    """Threads of torch in each of so many branches: its share of the cores, and no more than the user allows a run."""
    share = max(1, (os.cpu_count() or 1) // workers)
    asked = environment.get("OMP_NUM_THREADS", "")
    return min(share, int(asked)) if asked.isdecimal() and int(asked) else share


def _path() -> str:
    """The user's module path, with unstuck behind it."""
    return os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(PACKAGE)]))


def _killed(answer: dict[str, Any]) -> str:
    """Why a branch has left no word."""
    if not answer:
        return "the process that runs branches has ended"
    return "it crashed" if answer["in_time"] else "it did not end by itself"


def _outcome(directory: Path) -> dict[str, Any]:
    try:
        outcome: dict[str, Any] = json.loads((directory / OUTCOME_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return outcome
