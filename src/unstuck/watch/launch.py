"""Start the user's program in a real interpreter of its own, stand aside while it runs, say how it ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import LaunchError
from unstuck.record.ledger import new_ledger
from unstuck.watch.directory import Manifest, left_by_processes, make_directory, origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.watch.options import WatchOptions
    from unstuck.watch.target import Target

BOOTSTRAP = Path(__file__).resolve().parent / "bootstrap"
Handler = Any
"""what `signal.signal` takes and gives"""
SHARED = ("SIGINT", "SIGQUIT")
"""the terminal sends these to the program as well as to us"""
FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


class Launch:
    """One watched run of a program: ``with launch.started(): …``, then `finish`."""

    def __init__(self, target: Target, python: str | None, base: Path, options: WatchOptions) -> None:
        if sys.platform == "win32":
            raise LaunchError(
                "`unstuck run` works on Linux and macOS. On Windows, watch from inside the script: "
                "`with unstuck.watch(model, optimizer) as run: …`."
            )
        self.python = find_interpreter(python)
        self.target = target
        self.options = options
        self.directory = make_directory(base, target.stem)
        self.interrupted = False
        self.manifest = Manifest(
            self.directory,
            {
                "argv": [target.what, *target.arguments],
                "target": target.about,
                "python": self.python,
                "options": asdict(options),
            },
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.ledger = new_ledger() if options.data else None
        """what passes through the program's training loop; gone when it is closed"""

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start the program; signals go to it until the block ends."""
        handlers: dict[str, Handler] = dict.fromkeys(SHARED, self._shared)
        handlers |= dict.fromkeys(FORWARDED, self._forward)
        before: dict[int, Handler] = {}
        for name, handler in handlers.items():
            number = getattr(signal, name)
            # What was set to be ignored (nohup, a job in the background) stays so, in the program too.
            if signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
        try:
            self.process = self._start()
            yield self.process
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self) -> subprocess.Popen[bytes]:
        self.began = time.perf_counter()
        try:
            # Open descriptors are passed on, as a shell would; a handler of ours is reset by exec.
            return subprocess.Popen(
                [self.python, *self.target.command], env=self._environment(), close_fds=False
            )
        except OSError as error:
            why = error.strerror or error
            raise LaunchError(f"The interpreter {self.python} cannot be started: {why}.") from error

    def _environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        own = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(BOOTSTRAP), *filter(None, [own])])
        if own is not None:
            environment["UNSTUCK_PYTHONPATH"] = own
        environment["UNSTUCK_RECORD"] = str(self.directory)
        place = None if self.ledger is None else self.ledger.handed_on()
        environment["UNSTUCK_OPTIONS"] = replace(self.options, ledger=place).to_text()
        environment["UNSTUCK_PARENT"] = str(os.getpid())
        return environment

    def _shared(self, number: int, _: object) -> None:
        self.interrupted |= number == signal.SIGINT

    def _forward(self, number: int, _: object) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def note_origin(self) -> None:
        """Add to the manifest what takes a moment to find out; call it while the program runs."""
        with suppress(OSError):
            self.manifest.add(**origin())

    def finish(self) -> int:
        """Wait for the end, complete the manifest; the program's code, negative for a signal."""
        assert self.process is not None
        code = self.process.wait()
        children = left_by_processes(self.directory, "child.json")
        child = children[0] if children else {}
        with suppress(OSError):  # a full disk; the answer is made of what there is
            self.manifest.add(
                ended=self._ended(code, child),
                returncode=code if code >= 0 else None,
                signal=signal.Signals(-code).name if code < 0 else None,
                duration=round(time.perf_counter() - self.began, 3),
                child=child,
                failures=left_by_processes(self.directory, "failure-*.json"),
            )
        return code

    def _ended(self, code: int, child: dict[str, object]) -> str:
        if self.interrupted or code == -signal.SIGINT:
            return "interrupted"
        return "killed" if code < 0 else str(child.get("ended", "finished"))


def find_interpreter(python: str | None) -> str:
    """The interpreter asked for, as a path; this one where none is asked for."""
    if python is None:
        return sys.executable
    found = shutil.which(python)
    if found is None:
        raise LaunchError(
            f"There is no interpreter {python}. --python takes the path of an executable, "
            "for example .venv/bin/python."
        )
    return found


def end_like(code: int) -> int:
    """The exit code to give on; dies by the same signal where the program did."""
    if code >= 0:
        return code
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    number = -code
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    os.kill(os.getpid(), number)
    return 128 + number
