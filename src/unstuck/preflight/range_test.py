"""The learning-rate range test: rate against loss, and what stands out on it.

Source: Smith (2017), "Cyclical learning rates for training neural networks".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import pstdev

from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context, mean

LOWEST_RATE = 1e-6
HIGHEST_RATE = 10.0
MOST_STEPS = 100
FEWEST_STEPS = 40
SMOOTHING = 0.9
EXPLODED = 4.0
"""times the lowest smoothed loss, or the first loss where that is lower"""
NOISE = 2.0
"""standard deviations of single batches' losses, that say nothing"""
MOST_UNLIKE = 3.0
"""times the mean loss of all batches, that the loss of one may be to be corrected"""
STILL = 10
"""steps at the start, whose rates change nothing"""


@dataclass
class RangeTest:
    """What the test has seen."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    even: list[float] = field(default_factory=list)
    """losses, had each batch the mean loss of all before training"""
    smooth: list[float] = field(default_factory=list)
    exploded: bool = False

    @property
    def largest(self) -> float | None:
        """The last rate at which the smoothed loss was near its lowest; None where it never exploded.

        Near: half of what was gained is left. Where no more was gained than batches differ by: no higher than before.
        """
        if not self.exploded:
            return None
        start, lowest = self._start, self.smooth[self._lowest]
        limit = lowest + 0.5 * (start - lowest) if start - lowest > NOISE * self._noise else start + NOISE * self._noise
        near = [rate for rate, value in zip(self.rates, self.smooth, strict=True) if value <= limit]
        return near[-1] if near else self.rates[0]

    @property
    def _start(self) -> float:
        """Mean loss at the lowest rates."""
        return mean(loss for loss in self.even[:STILL] if math.isfinite(loss))

    @property
    def _noise(self) -> float:
        """Standard deviation of the loss at the lowest rates, where nothing is learned."""
        first = [loss for loss in self.even[:STILL] if math.isfinite(loss)]
        return pstdev(first) if first else 0.0

    @property
    def _lowest(self) -> int:
        finite = [at for at, value in enumerate(self.smooth) if math.isfinite(value)]
        return min(finite, key=lambda at: self.smooth[at], default=0)

    @property
    def lowest(self) -> float | None:
        """The rate at the lowest smoothed loss."""
        return self.rates[self._lowest] if self.smooth else None

    @property
    def steepest(self) -> float | None:
        """The rate at which the smoothed loss falls fastest."""
        end = self._lowest
        if end < 2:
            return None
        falls = [self.smooth[at + 1] - self.smooth[at - 1] for at in range(1, end)]
        return self.rates[1 + min(range(len(falls)), key=falls.__getitem__)]


def range_test(context: Context, seconds: float) -> RangeTest:
    """Raise the rate from step to step until the loss explodes; clipping is off, for no loop of the user's runs."""
    test = RangeTest()
    steps = MOST_STEPS
    levels = [look.loss for look in context.looks]
    batches = context.batches[: len(levels)]
    with context.kept():
        time = Allowance(seconds)
        for at in range(steps):
            rate = LOWEST_RATE * (HIGHEST_RATE / LOWEST_RATE) ** (at / (steps - 1))
            context.set_rate(rate)
            loss = context.step(batches[at % len(batches)])
            test.rates.append(rate)
            test.losses.append(loss)
            test.even.append(evened(loss, levels[at % len(batches)], mean(levels)))
            test.smooth.append(_smoothed(test.even))
            best = min(one for one in test.smooth if math.isfinite(one)) if math.isfinite(test.losses[0]) else math.nan
            scale = max(abs(best), 0.1 * abs(test.losses[0]), 1e-12)
            if not math.isfinite(loss) or test.smooth[-1] > best + (EXPLODED - 1) * scale:
                test.exploded = True
                break
            if at == 2:  # how long a step takes is known: fewer and larger steps where time is short
                each = time.spent / 3
                steps = int(max(FEWEST_STEPS, min(MOST_STEPS, seconds / max(each, 1e-9))))
    return test


def evened(loss: float, own: float, mean_level: float) -> float:
    """A loss without what is known of its batch: how it differed from the others before training.

    As a factor, so that it fades as the loss falls; as a difference where losses are not all above zero.
    """
    if not (math.isfinite(own) and math.isfinite(mean_level)):
        return loss
    if mean_level > 0 and mean_level / MOST_UNLIKE <= own <= mean_level * MOST_UNLIKE:
        return loss * mean_level / own
    return loss - (own - mean_level) if mean_level <= 0 else loss


def _smoothed(losses: Sequence[float]) -> float:
    """A running mean whose past fades, without the pull of its start."""
    top, weight, share = 0.0, 0.0, 1.0
    for loss in reversed(losses[-60:]):
        top += share * loss
        weight += share
        share *= SMOOTHING
    return top / weight
