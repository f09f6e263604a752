"""Where an intervention acts: the moments of a training at which it may change something."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from unstuck.experiment.interventions.building_blocks import handwritten_error
from unstuck.experiment.interventions.building_blocks.backward_hook import BackwardHook
from unstuck.experiment.interventions.building_blocks.learning_rates import Rate, Rates
from unstuck.experiment.interventions.building_blocks.loss_call import Answer, LossCall, listen
from unstuck.experiment.interventions.building_blocks.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.experiment.interventions.building_blocks.branch_ledger import BranchLedger

Optimizer = torch.optim.Optimizer
Module = torch.nn.Module


@dataclass(slots=True)
class Turn:
    """Whose turn it is in a branch: the script's, or that of an intervention, which the others do not look at."""

    ours: bool = False
    length: int = 0
    """backward calls that the branch makes at most; 0 where it is not known"""
    last: Stage | None = None
    """the stage that was made last: its moments come after those of the others"""
    settled: list[Callable[[Optimizer], object]] = field(default_factory=list)
    backward: BackwardHook | None = None
    rates: Rates | None = None
    ledger: BranchLedger | None = None
    """the examples that pass, where they are followed"""


class Stage:
    """The process of one branch as one intervention sees it, before the user's script starts in it.

    The process is confined and ends with the branch, so what is changed here need not be put back.
    """

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        turn.last = self
        self.effects: dict[str, int] = {}
        """what the intervention says that it did, and how often"""
        self.optimizers: list[Optimizer] = []
        """those that the script has made, in order"""
        self.networks: list[Module] = []
        """those that have been called with gradients on, in order"""
        self._made: list[Callable[[Optimizer], object]] = []
        self._called: list[Callable[[Module, tuple[Any, ...]], object]] = []
        self._seen: set[int] = set()
        self.replace(Optimizer, "__init__", self._constructor)
        register_module_forward_pre_hook(self._before_forward)

    def applied(self, what: str) -> None:
        """The change has taken effect; without this the branch counts as not tested."""
        self.effects[what] = self.effects.get(what, 0) + 1

    # ---- moments -------------------------------------------------------------------------------------

    def on_optimizer(self, callback: Callable[[Optimizer], object]) -> None:
        """After the script has made an optimiser (its ``param_groups`` are set, its subclass may go on)."""
        self._made.append(callback)

    def on_settled_optimizer(self, callback: Callable[[Optimizer], object]) -> None:
        """The same, once all interventions have changed what they change in it."""
        self.turn.settled.append(callback)

    def on_network(self, callback: Callable[[Module, tuple[Any, ...]], object]) -> None:
        """Before the first call of a network with gradients on; called with it and its positional arguments.

        A network is a module that is called by the script itself, not by another module.
        """
        self._called.append(callback)

    def before_step(self, callback: Callable[[Optimizer], object]) -> None:
        """Before each step of an optimiser."""
        register_optimizer_step_pre_hook(lambda optimizer, *_: self._quietly(callback, optimizer))

    def after_step(self, callback: Callable[[Optimizer], object]) -> None:
        """After each step of an optimiser."""
        register_optimizer_step_post_hook(lambda optimizer, *_: self._quietly(callback, optimizer))

    def before_backward(self, callback: Callable[[torch.Tensor], object]) -> None:
        """Before each ``loss.backward()`` of the script; called with the loss."""
        self._backward().before.append(lambda loss: self._quietly(callback, loss))

    def after_backward(self, callback: Callable[[torch.Tensor], object]) -> None:
        """After each ``loss.backward()`` of the script; called with the loss."""
        self._backward().after.append(lambda loss: self._quietly(callback, loss))

    def on_rate(self, rate: Rate) -> None:
        """The learning rate of each step and group; the script itself goes on seeing its own."""
        if self.turn.rates is None:
            self.turn.rates = Rates()
        self.turn.rates.changes.append(rate)

    def on_loss(self, callback: Callable[[LossCall], Answer]) -> None:
        """Before each call of a loss function of `torch.nn.functional`: another call, the loss itself, or None.

        A callback that breaks changes nothing.
        """

        def asked(call: LossCall) -> Answer:
            if self.turn.ours:
                return None
            try:
                with self.ours():
                    return callback(call)
            except (RuntimeError, ValueError, IndexError, TypeError):
                return None

        listen(self.replace, asked)

    def on_difference(self, callback: handwritten_error.Callback) -> None:
        """At each ``answer - target`` (or the other way round) written by hand: another answer and target, or None."""

        def asked(answer: torch.Tensor, target: torch.Tensor) -> handwritten_error.Pair | None:
            if self.turn.ours:
                return None
            try:
                with self.ours():
                    return callback(answer, target)
            except (RuntimeError, ValueError, IndexError, TypeError):
                return None

        handwritten_error.listen(self.replace, asked)

    def provenance(self, features: bool = False) -> Provenance:
        """From now on it is remembered how outputs come about; with ``features``, what went into layers too."""
        return Provenance(self.replace, features)

    def before_differentiation(self, callback: Callable[[tuple[torch.Tensor, ...]], object]) -> None:
        """Before each call of backward or of `torch.autograd.grad`; called with what is differentiated."""

        def make(original: Callable[..., Any]) -> Callable[..., Any]:
            def changed(*arguments: Any, **options: Any) -> Any:
                roots = arguments[0] if arguments else options.get("tensors", options.get("outputs"))
                if not self.turn.ours:
                    with self.ours():
                        callback((roots,) if isinstance(roots, torch.Tensor) else tuple(roots or ()))
                return original(*arguments, **options)

            return changed

        for name in ("backward", "grad"):
            self.replace(torch.autograd, name, make)

    def replace(self, owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Put ``make(original)`` in the place of a function or method."""
        original = getattr(owner, name)
        setattr(owner, name, functools.wraps(original)(make(original)))

    @contextmanager
    def ours(self) -> Iterator[None]:
        """What is made and called inside is the intervention's own: no moment of the script's."""
        before, self.turn.ours = self.turn.ours, True
        try:
            yield
        finally:
            self.turn.ours = before

    def _backward(self) -> BackwardHook:
        if self.turn.backward is None:
            self.turn.backward = BackwardHook()
        return self.turn.backward

    # ---- how they are found --------------------------------------------------------------------------

    def _quietly(self, callback: Callable[[Any], object], it: Any) -> None:
        with torch.no_grad():
            callback(it)

    def _constructor(self, original: Callable[..., None]) -> Callable[..., None]:
        def __init__(optimizer: Optimizer, *arguments: Any, **options: Any) -> None:  # noqa: N807
            original(optimizer, *arguments, **options)
            if not self.turn.ours:
                self.optimizers.append(optimizer)
                with self.ours():
                    settled = self.turn.settled if self.turn.last is self else []
                    for callback in (*self._made, *settled):
                        callback(optimizer)

        return __init__

    def _before_forward(self, module: Module, arguments: tuple[Any, ...]) -> None:
        if self.turn.ours or id(module) in self._seen or not torch.is_grad_enabled():
            return
        if any(module is inner for network in self.networks for inner in network.modules()):
            self._seen.add(id(module))
            return
        if isinstance(module, torch.nn.modules.loss._Loss) or not any(True for _ in module.parameters()):
            return
        self._seen.add(id(module))
        self.networks.append(module)
        with self.ours():
            for callback in self._called:
                callback(module, arguments)
