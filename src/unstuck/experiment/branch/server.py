"""The warm process: it has imported torch and run nothing, and forks once for each branch.

Started by `unstuck.experiment.branch.branches` in the interpreter of the user's run; reads orders as lines of JSON from
standard input and answers each with a line. The fork that becomes a branch is confined before the script starts.
"""

from __future__ import annotations

import base64
import gc
import importlib
import json
import os
import pickle
import random
import runpy
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from unstuck.experiment.sandbox.confine import SandboxError, confine
from unstuck.experiment.sandbox.huge_pages import collapse
from unstuck.experiment.sandbox.leftovers import take_away
from unstuck.record.writer import dump_json, write_whole

TOLD = "branch.json"
"""in a branch's directory: how it ended, and what the intervention did"""
IN_BRANCHES = (
    "edits.building_blocks.edit", "edits.building_blocks.script", "edits.more_epochs",
    *(
        f"interventions.building_blocks.{name}"
        for name in (
            "class_confidence", "class_frequencies", "inserted_norm", "last_layer", "loss_call",
            "manual_updates", "moments", "network_structure", "param_groups", "provenance",
            "example_pool", "recompiled_source", "rescaled_targets", "stage",
        )
    ),
)  # fmt: skip
"""modules that interventions import when they are installed; those of the judging side need more than torch, which the
user's interpreter may not have"""
MADE_USE_OF = ("torch._dynamo",)
"""what torch imports by itself when the first optimiser is made: more than a second of every branch"""
POLL_SECONDS = 0.002


def serve() -> None:
    """Answer orders until standard input ends."""
    for library in ("torch", *MADE_USE_OF, *sys.argv[1:]):  # the dear part of every branch, paid once
        with suppress(Exception):
            importlib.import_module(library)
    if "torch" in sys.modules:
        _prepare()
    _answer({"ready": True, "torch": "torch" in sys.modules})
    parent, text = os.getppid(), b""
    running: list[_Running] = []
    while True:
        if select.select([0], [], [], POLL_SECONDS if running else None)[0]:
            more = os.read(0, 1 << 16)
            if not more:
                return
            *lines, text = (text + more).split(b"\n")
            running += [_start(json.loads(line)) for line in lines]
        for one in [one for one in running if one.ended(parent)]:
            running.remove(one)
            _answer({"id": one.id, "seconds": time.perf_counter() - one.began, "in_time": not one.killed})


def _start(order: dict[str, Any]) -> _Running:
    """Fork; the child becomes the branch."""
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = _branch(order)
        finally:
            os._exit(code)
    return _Running(order["id"], child, began, began + order["seconds"] * 1.5 + 5.0)


@dataclass(slots=True)
class _Running:
    """A branch that is running."""

    id: int
    process: int
    began: float
    deadline: float
    killed: bool = False

    def ended(self, parent: int) -> bool:
        """Whether it has; killed with all its processes where it does not end by itself or nobody waits for us."""
        if os.waitpid(self.process, os.WNOHANG)[0]:
            return True
        if not self.killed and (time.perf_counter() > self.deadline or os.getppid() != parent):
            os.kill(self.process, signal.SIGKILL)
            self.killed = True
        return False


def _prepare() -> None:
    """Load what every branch watches and changes with, and make the watched code of torch's functions, once."""
    from unstuck.experiment.interventions.building_blocks.registry import load
    from unstuck.watch.torch.session import prepare

    load()
    for module in IN_BRANCHES:
        importlib.import_module(f"unstuck.experiment.{module}")
    prepare()
    gc.collect()
    gc.freeze()  # a collection in a branch would touch, and so copy, every page of what is loaded
    collapse()


def _answer(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _branch(order: dict[str, Any]) -> int:
    """In the fork: be the script, with one thing changed, until the budget ends."""
    directory = Path(order["directory"])
    _be_silent(directory)
    told: dict[str, Any] = {"ended": "refused", "applied": [], "why": ""}
    try:
        confine(directory, order["workers"])
        take_away(tuple(order["hidden"]))
        os.chdir(order["cwd"])
    except (SandboxError, OSError) as error:
        told["why"] = str(error)
        write_whole(directory / TOLD, dump_json(told))
        return 71
    return _Branch(order, directory, told).run()


def _be_silent(directory: Path) -> None:
    """Standard streams lead to files of the branch; no other descriptor of ours stays open."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for name, stream in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), stream)
    os.closerange(3, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 1 << 16 else 1 << 16)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115


class _Branch:
    """One branch, from its first line to its last."""

    def __init__(self, order: dict[str, Any], directory: Path, told: dict[str, Any]) -> None:
        self.order = order
        self.directory = directory
        self.told = told
        self.deadline = time.perf_counter() + order["seconds"]
        self.process = os.getpid()

    def run(self) -> int:
        """The script's exit code; the branch may as well end on the way, at its last step."""
        import torch

        from unstuck.experiment.interventions.building_blocks.registry import made
        from unstuck.experiment.interventions.building_blocks.stage import Stage, Turn
        from unstuck.watch.options import WatchOptions
        from unstuck.watch.torch.session import Session

        torch.set_num_threads(self.order["threads"])
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._end_by_itself()
        self._start_generators()
        turn = Turn(length=int(self.order["steps"]))
        self.stages = [Stage(turn) for _ in self.order["interventions"]]
        self.made: list[Any] = []
        self.session = Session(self.directory / "parts" / "0", WatchOptions(budget=self.order["budget"]))
        idle = (self.order["prompt"], self._idle) if self.order["prompt"] else None
        self.session.hot = limited(self.session, self.order["steps"], self.deadline, self._end, idle)
        os.register_at_fork(after_in_child=self.session.forked)
        self.session.open()
        for wanted, stage in zip(self.order["interventions"], self.stages, strict=True):
            try:
                self.made.append(made(wanted["name"], wanted["fields"]))
                self.made[-1].install(stage)
            except Exception as error:
                self._end("refused", why=f"{wanted['name']} broke: {type(error).__name__}: {error}")
        try:
            self._script()
        except SystemExit:
            pass
        except BaseException as error:
            traceback.print_exc()
            self._end("exception", why=f"{type(error).__name__}: {error}"[:300])
        self._end("finished")
        return 0

    def _script(self) -> None:
        what, kind = self.order["what"], self.order["kind"]
        if kind == "objects":
            from unstuck.experiment.branch.training_loop import play

            play(Path(what), int(self.order["seed"]), self.session.registry.know)
            return
        sys.argv = [what, *self.order["arguments"]]
        if kind == "script":
            sys.path.insert(0, str(Path(what).resolve().parent))
            runpy.run_path(what, run_name="__main__")
        elif kind == "module":
            sys.path.insert(0, str(Path.cwd()))
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            sys.path.insert(0, "")
            code: CodeType = compile(what, "<string>", "exec")
            exec(code, sys.modules["__main__"].__dict__)  # noqa: S102 - the user's own program, as he started it

    def _end(self, how: str, why: str = "") -> None:
        """Close the record, say how it ended, and be gone; a process that the script has forked only goes."""
        if os.getpid() != self.process:
            self.leave(0)
        with suppress(Exception):
            self.session.close({"ended": "finished"})
        applied = [list(stage.told) for stage in self.stages]
        told = {"ended": how, "applied": applied, "why": why, "failure": self.session.failure}
        write_whole(self.directory / TOLD, dump_json(told))
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        self.leave(0)

    def _end_by_itself(self) -> None:
        """A script that leaves without a word, or becomes another program, ends its branch in order."""
        self.leave = os._exit

        def leave(*_: object) -> None:
            self._end("finished")

        def become(*_: object) -> None:
            self._end("refused", why="the script replaces its process by another program")

        for name, instead in (("_exit", leave), ("execv", become), ("execve", become)):
            setattr(os, name, self._in_first_process(instead, getattr(os, name)))

    def _in_first_process(self, instead: Callable[..., None], original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: (instead if os.getpid() == self.process else original)(*given)

    def _idle(self) -> bool:
        """Whether the last change, which the branch is about, has nothing to act on: the rest would be its control."""
        return bool(self.made) and self.made[-1].prompt and not self.stages[-1].told

    def _start_generators(self) -> None:
        """The generators' states of the watched run, fixed ones where there are none; a further seed moves all."""
        import torch

        states, seed = self.order["generators"], int(self.order["seed"])
        numpy = sys.modules.get("numpy")
        if states:
            random.setstate(pickle.loads(base64.b64decode(states["random"])))  # noqa: S301 - written by ourselves
            torch.set_rng_state(torch.tensor(list(base64.b64decode(states["torch"])), dtype=torch.uint8))
            if numpy is not None and "numpy" in states:
                numpy.random.set_state(pickle.loads(base64.b64decode(states["numpy"])))  # noqa: S301
        else:
            random.seed(0)
            torch.manual_seed(0)
            if numpy is not None:
                numpy.random.seed(0)
        if seed:
            _move_seeds(seed, numpy)


def _move_seeds(by: int, numpy: Any) -> None:
    """Every seed that the script sets is another; those that it does not set are set."""
    import torch

    def moved(original: Callable[..., Any]) -> Callable[..., Any]:
        def seeded(*given: Any, **options: Any) -> Any:
            plain = {name: value + by if name in ("seed", "a") and isinstance(value, int) else value
                     for name, value in options.items()}  # fmt: skip
            first = given[:1] if not given or not isinstance(given[0], int) else (given[0] + by,)
            return original(*first, *given[1:], **plain)

        return seeded

    owners: list[tuple[Any, str]] = [
        (random, "seed"), (torch, "manual_seed"), (torch.random, "manual_seed"), (torch.cuda, "manual_seed_all"),
    ]  # fmt: skip
    if numpy is not None:
        owners += [(numpy.random, "seed"), (numpy.random, "default_rng")]
    for owner, name in owners:
        setattr(owner, name, moved(getattr(owner, name)))
    random.seed(by)
    torch.manual_seed(by)
    if numpy is not None:
        numpy.random.seed(by)


def limited(session: Any, steps: int, deadline: float, end: Any, idle: Any) -> Any:
    """The session's handlers of backward and step, ended after so many backward calls or at the deadline."""
    from unstuck.watch.torch.hot import Hot

    class Limited(Hot):
        """Counts at the end of every backward."""

        __slots__ = ()
        hears_ends = True

        def after_backward(self, token: bool | None, *more: Any) -> None:
            super().after_backward(token, *more)
            recorder = self.session.recorder
            if recorder is None or recorder.depth:
                return
            if recorder.index >= steps:
                end("steps")
            elif idle is not None and recorder.index == idle[0] and idle[1]():
                end("idle")
            elif time.perf_counter() > deadline:
                end("seconds")

    return Limited(session)


if __name__ == "__main__":
    serve()
