"""Several workers on one machine: processes that share the storage; one that dies is replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.tune.liveness import Watchman
from unstuck.tune.reaper import reap

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

PACKED = "worker.pkl"
ERROR = "error.txt"
"""what a worker says that cannot go on"""
LOOK = 0.5
PATIENCE = 15.0
"""seconds that workers have to end after an interrupt"""
MOST_DEATHS = 20
"""workers that may die before the search is ended"""


def work_in_processes(
    study: Study, packed: bytes, count: int, folder: Path, ended: Callable[[FrozenTrial], object]
) -> None:
    """Run workers until the search is over.

    Args:
        study: for looking at what they do.
        packed: what `worker` unpacks.
        count: of workers.
        folder: that the workers and this process share.
        ended: is called with every trial that has ended.

    Raises:
        UsageError: a worker could not go on, or too many died.
    """
    path = folder / PACKED
    path.write_bytes(packed)
    before = {one.number for one in study.get_trials(deepcopy=False) if one.state.is_finished()}
    watchman, deaths = Watchman(), 0
    workers = [_start(path, count) for _ in range(count)]
    try:
        while workers:
            time.sleep(LOOK)
            gone = [one for one in workers if one.poll() is not None]
            reap(study, watchman)
            before |= _tell_new(study, before, ended)
            if (folder / ERROR).exists():
                raise UsageError((folder / ERROR).read_text(encoding="utf-8"))
            for one in gone:
                workers.remove(one)
                if one.returncode != 0:
                    deaths += 1
                    if deaths > MOST_DEATHS:
                        raise UsageError(
                            f"{deaths} workers died, the last with code {one.returncode}. Is memory short?"
                        )
                    workers.append(_start(path, count))
        _tell_new(study, before, ended)
    finally:
        _stop(workers)
        path.unlink(missing_ok=True)


def _start(path: Path, count: int) -> subprocess.Popen[bytes]:
    threads = max(1, (os.cpu_count() or 1) // count)
    environment = {"OMP_NUM_THREADS": str(threads), **os.environ}
    return subprocess.Popen([sys.executable, "-m", "unstuck.tune.worker", str(path)], env=environment)


def _tell_new(study: Study, before: set[int], ended: Callable[[FrozenTrial], object]) -> set[int]:
    new = [one for one in study.get_trials(deepcopy=False) if one.state.is_finished() and one.number not in before]
    for one in new:
        ended(one)
    return {one.number for one in new}


def _stop(workers: list[subprocess.Popen[bytes]]) -> None:
    """End them in order: each gives back its trial; what does not end is killed."""
    for one in workers:
        with suppress(OSError):
            one.terminate()
    until = time.monotonic() + PATIENCE
    for one in workers:
        try:
            one.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()
