"""The learning rate that a range test on the network itself finds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage

LOWEST, HIGHEST = 1e-6, 10.0
"""rates between which it looks"""
SHARE = 0.2
"""of the branch that the test may take"""
FEWEST, MOST = 20, 40
"""steps of the test; over before a prompt change is given up, where gradients are gathered over many calls too"""
SMOOTHING = 0.8
"""weight of the past in the smoothed loss"""
BLOWN_UP = 4.0
"""times the lowest smoothed loss at which it stops"""
BELOW = 10.0
"""the rate that is taken is that of the lowest loss divided by this"""
LEAST_FALL = 0.05
"""share by which the loss must have fallen, or the test has found nothing"""


@dataclass(frozen=True)
class LearningRateRange(Intervention):
    """Over the first steps of the branch the rate rises exponentially; then the weights are put back and it goes on.

    The steps of the test are steps that the treatment does not train, which its control does. For one optimiser only.
    Smith (2017), "Cyclical learning rates"; a tenth of the rate of the lowest loss is the choice of the fastai library.
    """

    name: ClassVar[str] = "learning-rate-range"
    remedies: ClassVar[tuple[str, ...]] = ("raise-learning-rate", "lower-learning-rate")
    changes: ClassVar[str] = "the learning rate, found by a range test"
    prompt: ClassVar[bool] = True
    finds: ClassVar[bool] = True

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """None: the ladder of rates is on the panel, and says what each is worth."""
        yield from ()

    def install(self, stage: Stage) -> None:
        """Take over the rates."""
        length = stage.turn.length
        if not length:
            return
        test = RangeTest(min(MOST, max(FEWEST, round(SHARE * length))))

        def begin(optimizer: torch.optim.Optimizer) -> None:
            if test.state is None and not test.over:
                test.begin(optimizer, stage.networks)
            elif test.optimizer is not optimizer:
                test.give_up()

        def hear(loss: torch.Tensor) -> None:
            if test.hear(float(loss) if loss.numel() == 1 else math.nan):
                stage.applied(f"a rate of {test.found:.2g}")

        stage.before_step(begin)
        stage.after_backward(hear)
        stage.on_rate(test.rate)


@dataclass(slots=True)
class RangeTest:
    """One range test: what it has seen, and what was there before it."""

    steps: int
    optimizer: torch.optim.Optimizer | None = None
    state: list[tuple[torch.Tensor, torch.Tensor]] | None = None
    """the tensors that training changes, with copies of their values"""
    own: float = 0.0
    """the highest rate of the script's groups at the start"""
    losses: list[float] = field(default_factory=list)
    over: bool = False
    found: float | None = None

    def begin(self, optimizer: torch.optim.Optimizer, networks: Sequence[torch.nn.Module]) -> None:
        """Before the first step: keep what will be put back."""
        self.optimizer = optimizer
        self.own = max(float(group.get("lr", 0.0)) for group in optimizer.param_groups)
        tensors = [p for group in optimizer.param_groups for p in group["params"]]
        tensors += [buffer for network in networks for buffer in network.buffers()]
        self.state = [(tensor, tensor.detach().clone()) for tensor in tensors]
        if not self.own:
            self.give_up()

    def give_up(self) -> None:
        """Several optimisers, or none with a rate: no test."""
        if not self.over:
            self.over = True
            self._put_back()

    def hear(self, loss: float) -> bool:
        """The loss at the present weights; True where the test has just found a rate."""
        if self.over or self.state is None:
            return False
        self.losses.append(loss)
        smooth = smoothed(self.losses)
        blown_up = not math.isfinite(loss) or smooth[-1] > BLOWN_UP * max(min(smooth), 1e-12)
        if len(self.losses) < self.steps and not blown_up:
            return False
        self.give_up()
        self.found = best(smooth[:-1] if blown_up else smooth, self.steps)
        return self.found is not None

    def rate(self, group: dict[str, Any], own: float) -> float:
        """Of the coming step."""
        if self.over:
            return own if self.found is None else own * self.found / self.own
        share = own / self.own if self.own else 1.0
        return share * at(len(self.losses), self.steps)

    def _put_back(self) -> None:
        for tensor, before in self.state or ():
            tensor.detach().copy_(before)
            if tensor.grad is not None:
                tensor.grad.zero_()
        if self.optimizer is not None:
            self.optimizer.state.clear()


def at(step: int, steps: int) -> float:
    """The rate of a step of the test."""
    return float(LOWEST * (HIGHEST / LOWEST) ** (step / steps))


def smoothed(losses: Sequence[float]) -> list[float]:
    """A running mean whose past fades, without the pull of its start."""
    mean, out = 0.0, []
    for count, loss in enumerate(losses, 1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        out.append(mean / (1 - SMOOTHING**count))
    return out


def best(smooth: Sequence[float], steps: int) -> float | None:
    """A tenth of the rate at the lowest loss; None where the loss has not fallen."""
    if not smooth:
        return None
    lowest = min(range(len(smooth)), key=smooth.__getitem__)
    start = smooth[min(len(smooth) - 1, steps // 10)]
    return at(lowest, steps) / BELOW if start - smooth[lowest] > LEAST_FALL * abs(start) else None
