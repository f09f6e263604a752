"""The warm process: it has imported torch and run nothing, and forks once for each branch.

Started by `unstuck.experiment.branch.branches` in the interpreter of the user's run; reads orders as lines of JSON from
standard input and answers each with a line. The fork that becomes a branch is confined before the script starts.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from unstuck.experiment.branch.child import be_branch
from unstuck.experiment.sandbox.huge_pages import collapse

IN_BRANCHES = (
    "edits.building_blocks.edit", "edits.building_blocks.script", "edits.more_epochs",
    *(
        f"interventions.building_blocks.{name}"
        for name in (
            "branch_ledger", "class_confidence", "class_frequencies", "inserted_norm", "last_layer", "loss_call",
            "manual_updates", "moments", "network_entry", "network_structure", "param_groups", "provenance",
            "example_pool", "recompiled_source", "rescaled_targets", "stage",
            "training_rows",
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
            code = be_branch(order)
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


if __name__ == "__main__":
    serve()
