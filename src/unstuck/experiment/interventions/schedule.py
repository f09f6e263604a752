"""Another schedule of the learning rate, or none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage

WARM_UP = 0.1
"""share of the branch over which the rate rises"""
DROPS = (0.5, 0.75)
"""shares of the branch at which the rate falls to a tenth (He et al. 2016: 32 000 and 48 000 of 64 000 steps)"""
WINDOWS = 20
"""stretches of the branch whose mean losses are compared"""
PATIENCE = 2
"""stretches without a lower loss after which the rate falls"""
FALL = 0.3


@dataclass(frozen=True)
class Schedule(Intervention):
    """The rate of each step is the first one times a factor; ``warm-up`` alone keeps the script's own schedule.

    The schedules that need the length of the run take that of the branch, in backward calls.
    """

    name: ClassVar[str] = "schedule"
    remedies: ClassVar[tuple[str, ...]] = ("no-schedule", "warm-up", "lower-learning-rate-later")
    changes: ClassVar[str] = "how the learning rate changes in the course of the run"

    kind: str = "none"

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """A constant rate where the script's falls, and a warm-up."""
        yield from (cls("none"), cls("warm-up"))

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """The schedule that is named."""
        if remedy == "no-schedule":
            yield cls("none")
        elif remedy == "warm-up":
            yield cls("warm-up")
        elif remedy == "lower-learning-rate-later":
            yield from (cls("cosine"), cls("plateau"))

    def install(self, stage: Stage) -> None:
        """Set the rate of every step of every optimiser."""
        clock = Clock(stage.turn.length)
        shapes = shapes_of(clock)
        if self.kind not in shapes:
            raise ValueError(f"no schedule {self.kind}; there are: {', '.join(shapes)}")
        if self.kind != "none" and not clock.length:
            return
        shape = shapes[self.kind]
        first: dict[int, float] = {}

        def remember(optimizer: torch.optim.Optimizer) -> None:
            first.update({id(group): float(group["lr"]) for group in optimizer.param_groups if "lr" in group})

        def rate(group: dict[str, Any], own: float) -> float:
            given = own if self.kind == "warm-up" else first.setdefault(id(group), own)
            new = given * shape()
            if new != own:
                stage.applied(f"schedule: {self.kind}")
            return new

        stage.after_backward(clock.tick)
        stage.on_settled_optimizer(remember)
        stage.on_rate(rate)


@dataclass(slots=True)
class Clock:
    """Where the branch stands."""

    length: int
    count: int = 0
    losses: list[float] = field(default_factory=list)
    """of the stretch that is going on"""
    means: list[float] = field(default_factory=list)
    fallen: float = 1.0
    patience: int = PATIENCE

    @property
    def passed(self) -> float:
        """Share of the branch that has passed."""
        return min(1.0, self.count / self.length)

    def tick(self, loss: torch.Tensor) -> None:
        """One more backward."""
        self.count += 1
        if loss.numel() == 1:
            self.losses.append(float(loss))
        if len(self.losses) >= max(1, self.length // WINDOWS):
            self._judge(sum(self.losses) / len(self.losses))
            self.losses.clear()

    def _judge(self, mean: float) -> None:
        better = not self.means or mean < min(self.means)
        self.means.append(mean)
        self.patience = PATIENCE if better else self.patience - 1
        if self.patience < 0:
            self.fallen *= FALL
            self.patience = PATIENCE


def shapes_of(clock: Clock) -> dict[str, Callable[[], float]]:
    """Each schedule as the factor of the moment."""
    return {
        "none": lambda: 1.0,
        "cosine": lambda: 0.5 * (1.0 + math.cos(math.pi * clock.passed)),
        "step": lambda: 0.1 ** sum(clock.passed >= drop for drop in DROPS),
        "plateau": lambda: clock.fallen,
        "warm-up": lambda: min(1.0, clock.passed / WARM_UP),
    }
