"""Preflights of many scripts from one warm process.

As a command it prints what fired: ``python -m unstuck.testing.warm_preflight --budget 4 tests/programs/healthy/*.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from unstuck.analysis.probe.view import probe_views
from unstuck.core.errors import UsageError
from unstuck.core.outcome import Broke
from unstuck.experiment.branch.branches import Branches
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.sandbox.scratch_folder import scratch
from unstuck.preflight.script import preflight_in
from unstuck.preflight.settings import PreflightSettings
from unstuck.record.events.probe.base import NotProbed
from unstuck.show.probe_words import notes_of
from unstuck.watch.target import parse

if TYPE_CHECKING:
    from types import TracebackType

    from unstuck.run import Run

LIBRARIES = ("sklearn.datasets", "sklearn.model_selection", "sklearn.preprocessing")
"""loaded once for all scripts"""


class WarmPreflight:
    """A process that has imported torch; `run` forks it for each script, in a folder of its own."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        folder = self._stack.enter_context(scratch())
        origin = Origin("script", "", (), str(Path.cwd()), sys.executable, {}, LIBRARIES)
        self.branches = self._stack.enter_context(Branches(origin, folder, 1))
        self.branches.ready()

    def run(self, script: Path, base: Path, settings: PreflightSettings) -> Run:
        """The record of one script's preflight, in a folder of records, beside which the script finds itself.

        Raises:
            UsageError: it cannot be run in a branch, or makes no training step.
        """
        base.mkdir(parents=True, exist_ok=True)
        target = parse([str(script.resolve())])
        self.branches.origin = Origin(
            "script", str(script.resolve()), (), str(base), sys.executable, {}, LIBRARIES
        )
        return preflight_in(self.branches, target, base, settings, lambda *_: None)

    def close(self) -> None:
        """End the process."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def main() -> None:
    """Check the scripts given, and print what fired, what broke or changed the state, and what was not judged."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--budget", type=float, default=4.0)
    parser.add_argument("--show", action="store_true", help="print the whole answer")
    parser.add_argument("--keep", type=Path, help="keep the records in this folder")
    parser.add_argument("scripts", nargs="*", type=Path)
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    settings = PreflightSettings(budget=given.budget, check_state=True)
    with tempfile.TemporaryDirectory() as folder, WarmPreflight() as warm:
        for script in given.scripts:
            name = "-".join(script.resolve().parts[-2:]).removesuffix(".py")
            _one(warm, script, (given.keep or Path(folder)) / name, settings, show=given.show)


def _one(warm: WarmPreflight, script: Path, base: Path, settings: PreflightSettings, *, show: bool) -> None:
    began = time.perf_counter()
    try:
        answer = warm.run(script, base, settings).answer()
    except UsageError as error:
        print(f"{base.name:44} {time.perf_counter() - began:5.1f}s REFUSED {error}", flush=True)
        return
    diagnosis = answer.diagnosis
    fired = " ".join(f"{one.finding.code}:{one.finding.severity[0].upper()}" for one in diagnosis.findings)
    notes = " | ".join(note for view in probe_views(answer.record) for note in notes_of(view))
    print(f"{base.name:44} {time.perf_counter() - began:5.1f}s {fired} {notes}".rstrip(), flush=True)
    for view in probe_views(answer.record):
        for event in view.of(NotProbed):
            if event.broke:
                print(f"    BROKE {event.what}: {event.why}", flush=True)
    for one in diagnosis.outcomes:
        if isinstance(one, Broke):
            print(f"    BROKE {one}", flush=True)
    if show:
        print(answer.text(colour=False), flush=True)


if __name__ == "__main__":
    main()
