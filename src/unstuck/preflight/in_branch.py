"""Preflight of a script, inside of its branch: the user's own loop makes the first steps, then the probes are made.

Two stretches of steps. In the first the recorder watches, as in any run. In the second each step is noted as calls
that can be made again. Then weights, buffers, optimisers and random numbers are put back to what they were before the
first backward, the probes are made, and the branch ends: the script never goes on.
"""

from __future__ import annotations

import os
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from unstuck.preflight.allowance import Allowance
from unstuck.preflight.collect import MOST_ELEMENTS
from unstuck.preflight.first_looks import FEWEST
from unstuck.preflight.noted_steps import NotedBatch, StepNotes, checked
from unstuck.preflight.produce import PROBES_PART, write_probes
from unstuck.preflight.settings import PreflightSettings
from unstuck.preflight.state import Module, State
from unstuck.preflight.twice import STEPS, write_losses
from unstuck.record import schema
from unstuck.record.writer import dump_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from unstuck.preflight.context import Context

PROGRESS_FILE = "progress.json"
FAILURE_FILE = "failure.txt"
NO_STEP = "it made no training step: nothing called `backward`"
FIRST_SHARE = 0.4
"""of the budget, that each of the two stretches of steps may take"""
NOTED_SHARE = 0.1
"""of the budget, after which no more steps are noted than must be"""
SETTINGS = "preflight"
"""key of the settings in an order"""
TWICE = "twice"
"""key that is true where only the first losses are asked for"""


@dataclass(frozen=True, slots=True)
class _First:
    """The moment of the first noted backward."""

    held: State
    states: dict[str, Any] | None
    """of the random generators, when the step began"""
    loss: float


class Guest:
    """Sits in a branch: hears networks, optimisers and backward calls of the script."""

    def __init__(self, session: Any, directory: Path, settings: PreflightSettings, end: Callable[[], None]) -> None:
        self.session = session
        self.directory = directory
        self.settings = settings
        self.end = end
        self.notes = StepNotes()
        self.networks: dict[int, Module] = {}
        self.optimizers: dict[int, torch.optim.Optimizer] = {}
        self.loaders: dict[int, Any] = {}
        self.state: State | None = None
        self.batches: list[NotedBatch] = []
        self.first: _First | None = None
        self.refused = ""
        self.only_losses = False
        """the script is run a second time"""
        self.steps = 0
        self.noting = False
        self.over = False
        self.allowed = self.noted = Allowance(FIRST_SHARE * settings.budget)
        self.began = time.perf_counter()
        self.losses: list[float] = []
        self.depth = 0

    def install(self) -> None:
        """Before the script starts."""
        from unstuck.experiment.interventions.building_blocks.backward_hook import BackwardHook

        hook = BackwardHook()
        hook.before.append(self._before_backward)
        hook.after.append(self._after_backward)
        self.hook = hook
        register_module_forward_pre_hook(self._called)
        self._hear_optimizers()
        self._hear_loaders()
        torch.compiler.set_stance("force_eager")  # a network is compiled for hours of training, not for seconds
        self._progress("running the script to its first step", 0.0)

    def _hear_optimizers(self) -> None:
        original = torch.optim.Optimizer.__init__
        guest = self

        def __init__(optimizer: Any, *arguments: Any, **options: Any) -> None:  # noqa: N807
            original(optimizer, *arguments, **options)
            if not guest.over:
                guest.optimizers[id(optimizer)] = optimizer

        torch.optim.Optimizer.__init__ = __init__  # type: ignore[method-assign,assignment]

    def _hear_loaders(self) -> None:
        original = torch.utils.data.DataLoader.__iter__
        guest = self

        def __iter__(loader: Any) -> Any:  # noqa: N807
            if not guest.over:
                guest.loaders[id(loader)] = loader
            return original(loader)

        torch.utils.data.DataLoader.__iter__ = __iter__  # type: ignore[method-assign]

    def _called(self, module: Module, _: Any) -> None:
        """Networks that are called with gradients on, by the script itself."""
        if self.over or not torch.is_grad_enabled() or id(module) in self.networks:
            return
        if any(module is inner for network in self.networks.values() for inner in network.modules()):
            return
        if any(True for _ in module.parameters()):
            self.networks[id(module)] = module

    # ---- steps -------------------------------------------------------------------------------------------

    def _before_backward(self, loss: torch.Tensor) -> None:
        if self.over:
            return
        if len(self.losses) < STEPS:
            self._first_losses(loss)
        if self.state is None:
            self.allowed = Allowance(FIRST_SHARE * self.settings.budget)
            self.state = State(list(self.networks.values()), list(self.optimizers.values()))
            self._progress("first steps", 0.05)
        if not self.noting:
            return
        states = self.notes.step.generators
        batch, why = self.notes.cut(loss)
        if batch is not None:
            if not self.batches:  # what was there at this moment: its parameters may not be touched before its backward
                held = State(list(self.networks.values()), ())
                self.first = _First(held, states, float(loss.detach().sum()))
            self.batches.append(batch)
        self.refused = self.refused or why

    def _first_losses(self, loss: torch.Tensor) -> None:
        """What the script's first steps begin with, to compare with another run of it; one that only asks for them."""
        self.losses.append(float(loss.detach().sum()))
        if len(self.losses) == STEPS:
            write_losses(self.directory, self.losses, time.perf_counter() - self.began)
            if self.only_losses:
                self.over = True
                self.end()

    def _after_backward(self, _: torch.Tensor) -> None:
        if self.over:
            return
        self.steps += 1
        if not self.noting and (self.steps >= self.settings.watched or self.allowed.over):
            self._begin_noting()
        elif self.noting and (self._full() or late_twice(self) or self._hopeless()):
            self.finish()

    def _full(self) -> bool:
        """Enough batches, or as many as there is time or memory for."""
        kept = sum(one.numel() for batch in self.batches for one in batch.leaves)
        late = len(self.batches) >= FEWEST and self.noted.over
        return late or len(self.batches) >= self.settings.batches or kept > MOST_ELEMENTS

    def _hopeless(self) -> bool:
        """Steps that cannot be repeated are not worth waiting for."""
        return bool(self.refused) and self.steps >= self.settings.watched + 3

    def _begin_noting(self) -> None:
        self.session.close()
        self.noting = True
        self.noted = Allowance(NOTED_SHARE * self.settings.budget)
        self.notes.listen()
        self.notes.__enter__()  # type: ignore[no-untyped-call]

    # ---- the end -----------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Undo the steps, make the probes, and be gone."""
        if self.over:
            return
        self.over = True
        if self.only_losses:
            return
        with suppress(Exception):
            self.session.close()
        self.notes.deafen()
        if not self.steps:
            write_whole(self.directory / FAILURE_FILE, NO_STEP)
            self.end()
            return
        try:
            self._check_first()
            if self.state is not None:
                self.state.put_back()
            with torch.enable_grad():
                write_probes(
                    self.directory / schema.PARTS / PROBES_PART, self._context(), self.settings, self.steps,
                    self._progress,
                )  # fmt: skip
        except Exception:
            traceback.print_exc()
            write_whole(self.directory / FAILURE_FILE, traceback.format_exc())
        self.end()

    def _check_first(self) -> None:
        """Whether the first noted step, made again from its own weights and random states, has its loss."""
        if self.first is None or not self.batches:
            return
        self.first.held.put_back()
        why = checked(self.batches[0], self.first.states, self.first.loss)
        if why:
            self.batches, self.refused = [], why

    def _context(self) -> Context:
        from unstuck.preflight.context import Context

        used = {id(call.function): call.function for batch in self.batches for call in batch.calls if call.network}
        found = [one for one in self.networks.values() if not used or id(one) in used or _holds(one, used)]
        networks: list[Module] = [*found] or list(self.networks.values())
        held = {id(p) for network in networks for p in network.parameters()}
        made = list(self.optimizers.values())
        optimizers = [one for one in made if _steps_any(one, held)] or made
        networks.sort(key=lambda one: -sum(p.numel() for p in one.parameters()))
        loader = max(self.loaders.values(), key=_length, default=None)
        return Context(
            networks=tuple(networks), optimizers=tuple(optimizers), batches=tuple(self.batches), loader=None,
            steps_per_epoch=_length(loader) or None, seed=self.settings.seed, budget=self.settings.budget,
            refused=self._why_refused(networks),
        )

    def _why_refused(self, networks: list[Module]) -> str:
        if self.batches and networks:
            return ""
        if not self.steps:
            return "a training step (none was made)"
        if self.refused:
            return self.refused
        return f"more training steps ({self.steps} were made)"

    def _progress(self, what: str, share: float) -> None:
        with suppress(OSError):
            write_whole(self.directory / PROGRESS_FILE, dump_json({"what": what, "share": share}))


def late_twice(guest: Guest) -> bool:
    """The time for both stretches is over."""
    return guest.allowed.spent > 2 * guest.allowed.seconds and bool(guest.batches)


def _holds(network: Module, used: dict[int, Any]) -> bool:
    return any(id(module) in used for module in network.modules())


def _steps_any(optimizer: torch.optim.Optimizer, held: set[int]) -> bool:
    return any(id(p) in held for group in optimizer.param_groups for p in group["params"])


def _length(loader: Any) -> int:
    try:
        return len(loader)
    except TypeError:
        return 0


def install(branch: Any) -> None:
    """In a branch of the server; the order holds the settings."""
    settings = PreflightSettings.from_json(branch.order[SETTINGS])
    guest = Guest(branch.session, branch.directory, settings, branch.end_early)
    guest.only_losses = bool(branch.order.get(TWICE))
    process = os.getpid()
    branch.before_finished = lambda: guest.finish() if os.getpid() == process else None
    guest.install()
