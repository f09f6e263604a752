"""Which learning rate: short trainings at rates that the range test left, judged by batches they do not train on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import torch

from unstuck.preflight.allowance import Allowance
from unstuck.preflight.batch import Batch
from unstuck.preflight.context import Context, mean
from unstuck.preflight.range_test import HIGHEST_RATE, RangeTest
from unstuck.record.events.probe.rates import RateTrial

T = TypeVar("T")
SPACING = 10 ** (1 / 2)
"""factor between two rates that are tried"""
SAME = 1.3
"""factor between two rates that are the same"""
FEWEST_RATES, MOST_RATES = 3, 9
"""that are tried"""
LEAST_BATCHES = 8
"""of which some can be kept apart; of fewer all are trained on, and judged by"""
KEPT_APART = 4
"""each so many-th batch is"""
MOST_LOOKS, STEPS_OF_A_LOOK = 8, 10
"""at the batches that are kept apart, and steps between two"""
LAST = 0.25
"""share of a short training whose losses count"""
TELLS = 0.02
"""share of the loss before training, that must be removed; less says nothing of the rates"""
PLATEAU = 0.15
"""share of what the best rate removes, that another one may leave and count as good"""
KEPT = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """How long short trainings are."""

    steps: int
    seconds: float
    """of each"""
    all: Allowance
    """when it is over, no more rates are tried than must be"""


@dataclass(frozen=True, slots=True)
class Before:
    """Losses before any step: of what is trained on, and of what is kept apart."""

    learned: float
    judged: float

    @classmethod
    def of(cls, context: Context) -> Before:
        """Of the batches that there are."""
        learned, judged = parts([look.loss for look in context.looks])
        return cls(mean(learned), mean(judged))


def search(context: Context, test: RangeTest, plan: Plan) -> list[RateTrial]:
    """Half decades round the largest rate that does not explode, until rates below and above are worse."""
    before = Before.of(context)
    lowest = highest = test.largest or SPACING * (test.lowest or test.rates[-1])
    trials = [trial(context, highest, plan)]
    while len(trials) < MOST_RATES and not (len(trials) >= FEWEST_RATES and plan.all.over):
        good = plateau(trials, before)
        if not good or good[0].rate <= lowest * SAME or len(trials) < 3:
            lowest /= SPACING
            trials.append(trial(context, lowest, plan))
        elif good[-1].rate * SAME >= highest and highest < HIGHEST_RATE:
            highest *= SPACING
            trials.append(trial(context, highest, plan))
        else:
            break
    return sorted(trials, key=lambda one: one.rate)


def plateau(trials: Sequence[RateTrial], before: Before) -> list[RateTrial]:
    """The best rate and its neighbours that are nearly as good; by rate.

    Good: what is removed of the loss of the batches that were trained on, and of those kept apart, where these tell
    anything.
    """
    ordered = sorted((one for one in trials if math.isfinite(one.last)), key=lambda one: one.rate)
    left = _left([one.last for one in ordered], before.learned)
    if tells(ordered, before):
        held = _left([held_loss(one) for one in ordered], before.judged)
        left = [(one + other) / 2 for one, other in zip(left, held, strict=True)]
    if not ordered or not math.isfinite(min(left)):
        return []
    low = high = left.index(min(left))
    while low and left[low - 1] <= min(left) + PLATEAU:
        low -= 1
    while high < len(left) - 1 and left[high + 1] <= min(left) + PLATEAU:
        high += 1
    return ordered[low : high + 1]


def tells(trials: Sequence[RateTrial], before: Before) -> bool:
    """Whether any rate makes the batches better that it does not train on."""
    best = min((held_loss(one) for one in trials), default=math.inf)
    return before.judged - best >= TELLS * abs(before.judged)


def held_loss(one: RateTrial) -> float:
    """Lowest mean of two looks in a row: one look may be lucky."""
    held = [loss if math.isfinite(loss) else math.inf for loss in one.held]
    return min((max(pair) if math.isinf(max(pair)) else mean(pair) for pair in pairwise(held)),
               default=min(held, default=math.inf))  # fmt: skip


def _left(losses: Sequence[float], before: float) -> list[float]:
    """What the best removes and another one does not, as a share."""
    best = min(losses, default=math.inf)
    whole = before - best
    if not math.isfinite(best) or whole <= 0:
        return [math.inf for _ in losses]
    return [(loss - best) / whole for loss in losses]


def chosen(trials: Sequence[RateTrial], before: Before) -> float | None:
    """The middle of the plateau; its lower end where only what is trained on tells anything: the rest is memory."""
    good = plateau(trials, before)
    if not good:
        return None
    return _rounded(math.sqrt(good[0].rate * good[-1].rate)) if tells(good, before) else _rounded(good[0].rate)


def _rounded(rate: float) -> float:
    """As somebody would write it: two digits."""
    return float(f"{rate:.2g}")


def trial(context: Context, rate: float, plan: Plan) -> RateTrial:
    """A short training at one rate, from the state that was found."""
    learned, judged = parts(context.batches[: len(context.looks)])
    looks = max(1, min(MOST_LOOKS, plan.steps // STEPS_OF_A_LOOK))
    losses: list[float] = []
    held: list[float] = []
    with context.kept():
        allowed = Allowance(plan.seconds)
        for look in range(1, looks + 1):
            steps, first = look * plan.steps // looks - len(losses), len(losses) % len(learned)
            losses += context.train([*learned[first:], *learned[:first]], steps, rate=rate, until=allowed)
            if not math.isfinite(losses[-1]):
                break
            held.append(_loss(judged))
            if allowed.over:
                break
    last = losses[-max(1, int(LAST * len(losses))) :]
    value = mean(last) if all(map(math.isfinite, losses)) else math.inf
    return RateTrial(rate=rate, last=value, steps=len(losses), losses=tuple(losses[:KEPT]), held=tuple(held))


def parts(batches: Sequence[T]) -> tuple[list[T], list[T]]:
    """Batches to train on and to judge by, or what is known of each; the same where they are few."""
    if len(batches) < LEAST_BATCHES:
        return list(batches), list(batches)
    judged = list(batches[KEPT_APART - 1 :: KEPT_APART])
    return [one for at, one in enumerate(batches) if at % KEPT_APART != KEPT_APART - 1], judged


def _loss(batches: Sequence[Batch]) -> float:
    with torch.no_grad():
        return mean(float(batch.loss().sum()) for batch in batches)


def advice(test: RangeTest, rate: float | None) -> str:
    """On a schedule, as a rule of thumb."""
    if rate is None:
        return ""
    decay = "after two thirds of the steps, lower it in a cosine to 1 % of it"
    if test.largest is not None and test.largest / rate < 3:
        return f"raise it over the first 5 % of the steps, for three times as much explodes; {decay}"
    return f"begin with it; {decay}"
