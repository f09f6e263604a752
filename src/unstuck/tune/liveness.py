"""Which worker runs a trial, and whether it is alive: for every storage, on one machine and on many."""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

WORKER = "unstuck:worker"
"""attribute of a trial: who runs it"""
BEAT = "unstuck:beat"
"""attribute of a trial: a number that its worker raises while it lives"""
INTERVAL = 10.0
"""seconds between two beats"""
GRACE = 60.0
"""seconds without a beat after which a worker on another machine is called dead"""


@cache
def machine() -> str:
    """This machine since it was started, and the space of its process numbers."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    return f"{platform.node()} {uuid.getnode():x}"


def started(pid: int) -> str:
    """When a process was started, as the kernel counts; "" where that cannot be known."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    return ""


def this_worker() -> dict[str, object]:
    """What a trial keeps of the process that runs it."""
    return {"machine": machine(), "host": platform.node(), "pid": os.getpid(), "started": started(os.getpid())}


def surely_dead(worker: object) -> bool:
    """Whether the process is of this machine and gone."""
    if not isinstance(worker, Mapping) or worker.get("machine") != machine():
        return False
    pid = worker.get("pid")
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)  # signal 0 is sent to nobody: it only asks
    except ProcessLookupError:
        return True
    except OSError:
        return False
    # Not yet waited for, it is dead; or its number has gone to another process.
    return started(pid) != worker.get("started") or _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    with suppress(OSError, IndexError):
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] == "Z"
        )
    return False


class Heartbeat:
    """``with Heartbeat(storage, trial_id): …`` shows others that the trial is being run."""

    def __init__(self, storage: BaseStorage, trial: int, interval: float = INTERVAL) -> None:
        self._storage = storage
        self._trial = trial
        self._interval = interval
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="unstuck heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        count = 0
        while not self._over.wait(self._interval):
            count += 1
            # A storage may be away for a moment; another worker may have ended the trial.
            with suppress(Exception):
                self._storage.set_trial_user_attr(self._trial, BEAT, count)


class Watchman:
    """Notices when a beat stays away, by this process's own clock: those of two machines need not agree."""

    def __init__(self, grace: float = GRACE) -> None:
        self._grace = grace
        self._seen: dict[int, tuple[object, float]] = {}

    def is_dead(self, trial: int, attributes: Mapping[str, object]) -> bool:
        """Whether the worker of a running trial is dead, as far as this process can know by now."""
        if surely_dead(attributes.get(WORKER)):
            return True
        beat, now = attributes.get(BEAT), time.monotonic()
        last, since = self._seen.get(trial, (None, None))
        if since is None or last != beat:
            self._seen[trial] = (beat, now)
            return False
        return now - since > self._grace
