"""What a probe gets: networks, optimisers, batches, and the means to run them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.allowance import Allowance, computed
from unstuck.preflight.batch import Batch, first_output
from unstuck.preflight.first_looks import Look, look_at_all
from unstuck.preflight.settings import BUDGET
from unstuck.preflight.state import Module, Optimizer, Tensor, kept, seed_all

SLOW = 0.1
"""seconds of a step, of which one measurement is enough"""


@dataclass
class Context:
    """Networks, optimisers and batches as they are before the first step."""

    networks: tuple[Module, ...]
    """those that are trained, the main one first"""
    optimizers: tuple[Optimizer, ...]
    batches: tuple[Batch, ...]
    """the first training batches"""
    held_out: tuple[Batch, ...] = ()
    loader: Any = None
    """what gave the batches, where that is known"""
    epochs: int | None = None
    steps_per_epoch: int | None = None
    batch_seconds: tuple[float, ...] = ()
    """of reading each batch"""
    seed: int = 0
    budget: float = BUDGET
    """seconds for all probes"""
    seconds: float = BUDGET
    """for the one that is made"""
    notes: list[str] = field(default_factory=list)
    refused: str = ""
    """why steps cannot be made again here; "" where they can"""

    @property
    def network(self) -> Module:
        """The main one."""
        return self.networks[0]

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of each module, by its identity; of several networks with the class before it."""
        named: dict[int, str] = {}
        for network in self.networks:
            prefix = "" if len(self.networks) == 1 else type(network).__name__
            for name, module in network.named_modules(prefix=prefix):
                named.setdefault(id(module), name)
        return named

    @cached_property
    def parameter_names(self) -> dict[int, str]:
        """The same of parameters."""
        named: dict[int, str] = {}
        for network in self.networks:
            prefix = "" if len(self.networks) == 1 else type(network).__name__
            for name, parameter in network.named_parameters(prefix=prefix):
                named.setdefault(id(parameter), name)
        return named

    @property
    def batch(self) -> Batch:
        """The first training batch.

        Raises:
            TooLittle: there is none that can be run.
        """
        if self.refused:
            raise TooLittle(self.refused)
        if not self.batches:
            raise TooLittle("a training batch")
        return self.batches[0]

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        """At the first batches before training; fewer than there are where they take long."""
        self.batch  # noqa: B018 - raises where there is none
        with self.kept():
            return look_at_all(self.batches, self.budget)

    @cached_property
    def step_seconds(self) -> float:
        """Seconds that a step computes."""
        taken: list[float] = []
        with self.kept():
            while len(taken) < 2 and max(taken, default=0.0) < SLOW:
                began = computed()
                self.step(self.batch)
                taken.append(computed() - began)
        return min(taken)

    @property
    def rates(self) -> list[float]:
        """Learning rate of each group; that before a warm-up where a schedule begins with one."""
        return [_rate(group) for optimizer in self.optimizers for group in optimizer.param_groups]

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Everything inside is undone; it begins with the same random numbers each time."""
        with kept(self.networks, self.optimizers):
            seed_all(self.seed)
            yield

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """In evaluation mode, whatever ``train()`` of the user's does, without gradients; undone with `kept`."""
        modules = [(module, module.training) for network in self.networks for module in network.modules()]
        for module, _ in modules:
            module.training = False
        try:
            with torch.no_grad():
                yield
        finally:
            for module, training in modules:
                module.training = training

    def output(self, batch: Batch) -> Tensor:
        """What the network gives, as one tensor.

        Raises:
            TooLittle: it gives none.
        """
        found = first_output(batch.output())
        if found is None:
            raise TooLittle("an output that is a tensor of floating-point numbers")
        return found

    # ---- training ----------------------------------------------------------------------------------------

    def zero_grad(self) -> None:
        """Of everything that a step may touch."""
        for tensor in self.trained:
            tensor.grad = None

    @property
    def trained(self) -> list[Tensor]:
        """Everything that gets a gradient, in the networks and in the optimisers."""
        found = {id(one): one for network in self.networks for one in network.parameters()}
        found |= {id(one): one for optimizer in self.optimizers for group in optimizer.param_groups
                  for one in group["params"]}  # fmt: skip
        return list(found.values())

    def set_rate(self, rate: float) -> None:
        """The largest rate of all groups; the others keep their proportion to it."""
        rates = self.rates
        largest = max((one for one in rates if one > 0), default=0.0)
        groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        for group, own in zip(groups, rates, strict=True):
            value = rate * own / largest if largest else rate
            held = group.get("lr")
            if isinstance(held, Tensor):
                held.fill_(value)
            else:
                group["lr"] = value

    def step(self, batch: Batch) -> float:
        """One step of every optimiser on a batch; the loss before it."""
        values: list[float] = []

        def closure() -> Tensor:
            self.zero_grad()
            try:
                with torch.enable_grad():
                    loss = batch.loss()
            except RuntimeError:
                if self._gives_numbers(batch):
                    raise
                loss = torch.tensor(math.nan)  # a loss that refuses what a step too large has made of the outputs
            if loss.requires_grad and bool(torch.isfinite(loss.detach()).all()):
                backward(loss)
            values.append(float(loss.detach().sum()))
            return loss

        if any(isinstance(one, torch.optim.LBFGS) for one in self.optimizers):
            for optimizer in self.optimizers:
                optimizer.step(closure)  # type: ignore[arg-type]
        else:
            closure()
            for optimizer in self.optimizers:
                optimizer.step()
        return values[0]

    def _gives_numbers(self, batch: Batch) -> bool:
        """Whether weights and output are finite; an output that cannot be made is an error of another kind."""
        if not all(bool(torch.isfinite(one.detach()).all()) for one in self.trained):
            return False
        with suppress(RuntimeError), torch.no_grad():
            found = first_output(batch.output())
            return found is None or bool(torch.isfinite(found).all())
        return True

    def train(
        self, batches: Sequence[Batch], steps: int, *, rate: float | None = None, until: Allowance | None = None,
        stop_below: float = -math.inf,
    ) -> list[float]:
        """The losses of a short training on these batches, again and again; it ends where the loss is not finite.

        Args:
            batches: gone through in their order.
            steps: at most.
            rate: the largest of all groups; theirs by default.
            until: when this is over.
            stop_below: loss at which it ends.
        """
        if rate is not None:
            self.set_rate(rate)
        losses: list[float] = []
        for at in range(steps):
            losses.append(self.step(batches[at % len(batches)]))
            if not math.isfinite(losses[-1]) or losses[-1] < stop_below or (until is not None and until.over):
                break
        return losses


def _rate(group: dict[str, Any]) -> float:
    """The one that is meant: the highest of a cycle, that before a warm-up."""
    return float(group.get("max_lr", group.get("initial_lr", group.get("lr", math.nan))))


def backward(loss: Tensor) -> None:
    """Gradients of a loss; torch says nothing of the type of this call."""
    loss.backward()  # type: ignore[no-untyped-call]


def relative(change: Tensor, of: Tensor) -> float:
    """Norm of a difference / norm of what it is a difference of."""
    size = float(of.detach().double().norm())
    return float(change.detach().double().norm()) / max(size, 1e-30)


def mean(values: Iterable[float]) -> float:
    """Arithmetic mean; NaN of nothing."""
    held = list(values)
    return sum(held) / len(held) if held else math.nan
