"""The forked process that becomes a branch: it is confined, runs the script with its changes, and says how it ended."""

from __future__ import annotations

import importlib
import os
import runpy
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

from unstuck.experiment.branch.end import End
from unstuck.experiment.branch.random_states import start_generators
from unstuck.experiment.sandbox.confine import confine
from unstuck.experiment.sandbox.leftovers import remove_leftovers
from unstuck.experiment.sandbox.mounts import SandboxError
from unstuck.record.writer import dump_json, write_whole

OUTCOME_FILE = "branch.json"
"""in a branch's directory: how it ended, and what the interventions did"""


def be_branch(order: dict[str, Any]) -> int:
    """In the fork: be the script, with one thing changed, until the budget ends."""
    directory = Path(order["directory"])
    _be_silent(directory)
    outcome: dict[str, Any] = {"ended": End.REFUSED, "applied": [], "why": ""}
    try:
        confine(directory, order["workers"])
        remove_leftovers(tuple(order["hidden"]))
        os.chdir(order["cwd"])
    except (SandboxError, OSError) as error:
        outcome["why"] = str(error)
        write_whole(directory / OUTCOME_FILE, dump_json(outcome))
        return 71
    return _Branch(order, directory, outcome).run()


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

    def __init__(self, order: dict[str, Any], directory: Path, outcome: dict[str, Any]) -> None:
        self.order = order
        self.directory = directory
        self.outcome = outcome
        self.deadline = time.perf_counter() + order["seconds"]
        self.process = os.getpid()
        self.before_finished: Callable[[], object] = lambda: None
        """what a guest does where the script comes to its own end"""
        self.ledger: Any = None
        """of the examples, where they are followed"""

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
        seed, examples = int(self.order["seed"]), bool(self.order.get("examples"))
        start_generators(self.order["generators"], 0 if examples else seed)
        turn = Turn(length=int(self.order["steps"]))
        self.stages = [Stage(turn) for _ in self.order["interventions"]]
        self.made: list[Any] = []
        self.session = Session(self.directory / "parts" / "0", WatchOptions(budget=self.order["budget"]))
        idle = (self.order["prompt"], self._idle) if self.order["prompt"] else None
        self.session.step_hooks = limited(self.session, self.order["steps"], self.deadline, self._end, idle)
        os.register_at_fork(after_in_child=self.session.forked)
        self.session.open()
        if examples:
            self._follow_examples(turn, seed)
        for wanted, stage in zip(self.order["interventions"], self.stages, strict=True):
            try:
                self.made.append(made(wanted["name"], wanted["fields"]))
                self.made[-1].install(stage)
            except Exception as error:
                self._end(End.REFUSED, why=f"{wanted['name']} broke: {type(error).__name__}: {error}")
        if self.order.get("guest"):
            importlib.import_module(self.order["guest"]).install(self)
        try:
            self._script()
        except SystemExit:
            pass
        except BaseException as error:
            traceback.print_exc()
            self._end(End.EXCEPTION, why=f"{type(error).__name__}: {error}"[:300])
        self.before_finished()
        self._end(End.FINISHED)
        return 0

    def _follow_examples(self, turn: Any, seed: int) -> None:
        """All examples are followed; a further seed moves the generators only once the data is there."""
        from unstuck.experiment.branch.random_states import move_seeds_with_first_parameter
        from unstuck.experiment.interventions.building_blocks.branch_ledger import EXAMPLES_FILE, BranchLedger

        turn.ledger = self.ledger = BranchLedger.opened(self.session, self.directory / EXAMPLES_FILE)
        if seed:
            move_seeds_with_first_parameter(seed)

    def end_early(self) -> None:
        """A guest has done what it came for."""
        self._end(End.STEPS)

    def _examples_failure(self) -> str:
        """Why examples were not followed; empty where they were, or were not to be."""
        return self.ledger.failure if self.ledger is not None else ""

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

    def _end(self, how: End, why: str = "") -> None:
        """Close the record, say how it ended, and be gone; a process that the script has forked only goes."""
        if os.getpid() != self.process:
            self.leave(0)
        with suppress(Exception):
            self.session.close()
        applied = [list(stage.effects) for stage in self.stages]
        why = why or self._examples_failure()
        outcome = {"ended": how, "applied": applied, "why": why, "failure": self.session.failure}
        write_whole(self.directory / OUTCOME_FILE, dump_json(outcome))
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        self.leave(0)

    def _end_by_itself(self) -> None:
        """A script that leaves without a word, or becomes another program, ends its branch in order."""
        self.leave = os._exit

        def leave(*_: object) -> None:
            self.before_finished()
            self._end(End.FINISHED)

        def become(*_: object) -> None:
            self._end(End.REFUSED, why="the script replaces its process by another program")

        for name, instead in (("_exit", leave), ("execv", become), ("execve", become)):
            setattr(os, name, self._in_first_process(instead, getattr(os, name)))

    def _in_first_process(self, instead: Callable[..., None], original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: (instead if os.getpid() == self.process else original)(*given)

    def _idle(self) -> bool:
        """Whether the last change, which the branch is about, has nothing to act on: the rest would be its control."""
        return bool(self.made) and self.made[-1].prompt and not self.stages[-1].effects


def limited(session: Any, steps: int, deadline: float, end: Any, idle: Any) -> Any:
    """The session's handlers of backward and step, ended after so many backward calls or at the deadline."""
    from unstuck.watch.torch.step_hooks import StepHooks

    class Limited(StepHooks):
        """Counts at the end of every backward."""

        __slots__ = ()
        hears_ends = True

        def after_backward(self, token: bool | None, *more: Any) -> None:
            super().after_backward(token, *more)
            recorder = self.owner.recorder
            if recorder is None or recorder.depth:
                return
            if recorder.index >= steps:
                end(End.STEPS)
            elif idle is not None and recorder.index == idle[0] and idle[1]():
                end(End.IDLE)
            elif time.perf_counter() > deadline:
                end(End.SECONDS)

    return Limited(session)
