"""Many scripts, one ``import torch``: a warm process that forks, before any operation, once for each script.

As a command it runs scripts and prints what fired: ``python -m unstuck.testing.warm tests/rules/LOS101/*.py``.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from unstuck.analysis.ledger.examine import examine
from unstuck.record import schema
from unstuck.record.ledger import Ledger
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record
from unstuck.record.writer import dump_json, write_whole
from unstuck.watch.ended import FINISHED, Ended
from unstuck.watch.options import BUDGET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True)
class Ran:
    """One script that has run, watched or bare."""

    script: Path
    directory: Path
    """the record, with ``stdout`` and ``stderr`` beside its parts"""
    returncode: int
    seconds: float

    @property
    def stdout(self) -> str:
        """What it printed."""
        return (self.directory / "stdout").read_text(encoding="utf-8", errors="replace")

    @property
    def stderr(self) -> str:
        """What it printed on standard error."""
        return (self.directory / "stderr").read_text(encoding="utf-8", errors="replace")

    @property
    def record(self) -> Record:
        """Its record."""
        return Record(self.directory)

    def diagnose(self) -> Diagnosis:
        """What the rules make of it."""
        from unstuck.rules.engine import diagnose

        return diagnose(self.record)


class Warm:
    """A process that has imported torch and run nothing; `run` forks it."""

    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "unstuck.testing.warm", "--serve"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )

    def run(
        self, script: Path, directory: Path, *, arguments: Sequence[str] = (), watch: bool = True, limit: float = 120,
        budget: float = BUDGET, data: bool = True, examine: bool = False, keep_ledger: bool = False,
    ) -> Ran:
        """Run one script in a fork of the warm process, in a scratch folder below ``directory``.

        Args:
            script: the file.
            directory: of the record.
            arguments: for the script.
            watch: record it.
            limit: seconds after which it is killed.
            budget: share of the run's time that watching may cost.
            data: follow the examples.
            examine: find out what there is to say of them, and add it to the record.
            keep_ledger: keep what passed through the loop, for tests, as ``ledger`` beside the record's parts.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "script": str(script.resolve()), "directory": str(directory.resolve()), "arguments": list(arguments),
            "watch": watch, "limit": limit, "budget": budget, "data": data, "examine": examine,
            "keep_ledger": keep_ledger,
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ran(script, directory, answer["returncode"], answer["seconds"])

    def close(self) -> None:
        """End the warm process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def serve() -> None:
    """Read orders, fork, answer; one at a time."""
    for library in ("torch", "torch._dynamo", "sklearn.datasets", "sklearn.model_selection", "sklearn.preprocessing"):
        with suppress(ImportError):
            importlib.import_module(library)
    with suppress(ImportError):
        importlib.import_module("unstuck.watch.torch.session").prepare()
    gc.freeze()  # a collection in a fork would copy every page of what is loaded

    for line in sys.stdin:
        order = json.loads(line)
        directory = Path(order["directory"])
        (directory / "parts").mkdir(parents=True, exist_ok=True)
        manifest = {
            "schema": schema.SCHEMA_VERSION, "kind": RecordKind.RUN, "argv": [order["script"], *order["arguments"]],
            "script": order["script"],
        }
        write_whole(directory / "manifest.json", dump_json(manifest))
        ledger = Ledger() if order["watch"] and order["data"] else None
        began = time.perf_counter()
        child = os.fork()
        if child == 0:
            os._exit(_child(order, directory, None if ledger is None else ledger.handed_on()))
        returncode = _wait(child, began + order["limit"])
        seconds = time.perf_counter() - began
        words = {0: "finished", -2: "interrupted", -9: "killed"}
        manifest |= {"ended": words.get(returncode, "exception"), "returncode": returncode, "seconds": seconds}
        write_whole(directory / "manifest.json", dump_json(manifest))
        if ledger is not None:
            if order["keep_ledger"]:
                (directory / "ledger").write_bytes(ledger.memory)
            if order["examine"] and ledger.used:
                examine(directory, ledger.memory)
            ledger.close()
        print(json.dumps({"returncode": returncode, "seconds": seconds}), flush=True)


def _wait(child: int, deadline: float) -> int:
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.perf_counter() > deadline:
            os.kill(child, 9)
            deadline += 3600
        time.sleep(0.002)


def _child(order: dict[str, Any], directory: Path, ledger: str | None) -> int:
    """In the fork: be the script."""
    sys.stdin.close()
    for name, stream in (("stdout", 1), ("stderr", 2)):
        descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(descriptor, stream)
    scratch = directory / "scratch"
    scratch.mkdir(exist_ok=True)
    os.chdir(scratch)
    script = order["script"]
    sys.argv = [script, *order["arguments"]]
    sys.path[0] = str(Path(script).parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    session: Any = None
    ended = FINISHED
    if order["watch"]:
        from unstuck.watch.options import WatchOptions
        from unstuck.watch.torch.session import Session

        options = WatchOptions(budget=order["budget"], ledger=ledger)
        session = Session(directory / "parts" / f"{os.getpid()}-0", options)
        os.register_at_fork(after_in_child=session.forked)
        session.open()
    code = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
    except BaseException as error:
        code = 1
        traceback.print_exc()
        ended = Ended(ended="exception", exception=type(error).__name__, message=str(error))
    if session is not None:
        session.close(ended)
    sys.stdout.flush()
    sys.stderr.flush()
    if ended.exception == "KeyboardInterrupt":  # as the interpreter does
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return code


def main() -> None:
    """Serve, or run the scripts given and print what fired."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--show", action="store_true", help="print the whole answer")
    parser.add_argument("--keep", type=Path, help="keep the records in this folder")
    parser.add_argument("scripts", nargs="*", type=Path)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    with tempfile.TemporaryDirectory() as folder:
        root = options.keep or Path(folder)
        workers = min(2, len(options.scripts))
        shares = [options.scripts[at::workers] for at in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(lambda share: _run_all(share, root, options.show), shares):
                pass


def _run_all(scripts: list[Path], root: Path, show: bool) -> None:
    with Warm() as warm:
        for script in scripts:
            name = "-".join(script.resolve().parts[-2:]).removesuffix(".py")
            ran = warm.run(script, root / f"{name}-{time.time_ns()}", examine=True)
            diagnosis = ran.diagnose()
            fired = [
                f"{r.finding.code}:{r.finding.severity[0].upper()}" + (f"<{r.explained_by}" if r.explained_by else "")
                for r in diagnosis.findings
            ]
            broke = [o for o in diagnosis.outcomes if type(o).__name__ == "Broke"]
            text = f"{name:44} {ran.returncode:3} {ran.seconds:5.1f}s {diagnosis.verdict:11} {' '.join(fired)}"
            print("\n".join([text, *(f"    BROKE {o}" for o in broke)]), flush=True)
            if show:
                from unstuck.show.terminal import render

                print(render(diagnosis, ran.record, width=110, colour=False), flush=True)


if __name__ == "__main__":
    main()
