"""Which learning rate: short trainings at rates that the range test left, judged by batches they do not train on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from unstuck.preflight.allowance import Allowance
from unstuck.preflight.batch import Batch
from unstuck.preflight.context import Context, mean
from unstuck.preflight.range_test import RangeTest
from unstuck.record.events.probe.rates import RateTrial

SPACING = 10 ** (1 / 2)
"""factor between two rates that are tried"""
FIRST_RATES = 5
"""that are tried, from the largest that does not explode downwards"""
MOST_RATES = 9
"""with those below, as long as the lowest is the best"""
LEAST_BATCHES = 8
"""of which some can be kept apart; of fewer all are trained on, and judged by"""
KEPT_APART = 4
"""each so many-th batch is"""
MOST_LOOKS, STEPS_OF_A_LOOK = 8, 10
"""at the batches that are kept apart, and steps between two"""
LAST = 0.25
"""share of a short training whose losses count"""
TELLS = 0.02
"""of the loss before training on what is kept apart, that must be removed; less says nothing of the rates"""
KEPT = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """How long short trainings are."""

    steps: int
    seconds: float


def search(context: Context, test: RangeTest, plan: Plan) -> list[RateTrial]:
    """From the largest rate that does not explode down by half decades, as long as lower ones are better."""
    rate = test.largest or SPACING * (test.lowest or test.rates[-1])
    trials = []
    for _ in range(MOST_RATES):
        trials.append(trial(context, rate, plan))
        rate /= SPACING
        if len(trials) >= FIRST_RATES and best_of(context, trials) is not trials[-1]:
            break
    return trials


def trial(context: Context, rate: float, plan: Plan) -> RateTrial:
    """A short training at one rate, from the state that was found."""
    learned, judged = parts(context.batches)
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
    return RateTrial(
        rate=rate, last=value, steps=len(losses), losses=tuple(losses[:KEPT]),
        held=min((one for one in held if math.isfinite(one)), default=math.inf),
    )


def parts(batches: Sequence[Batch]) -> tuple[list[Batch], list[Batch]]:
    """Batches to train on and to judge by; the same where they are few."""
    if len(batches) < LEAST_BATCHES:
        return list(batches), list(batches)
    judged = list(batches[KEPT_APART - 1 :: KEPT_APART])
    return [one for at, one in enumerate(batches) if at % KEPT_APART != KEPT_APART - 1], judged


def untrained(context: Context, batches: Sequence[Batch]) -> float:
    """Mean loss of batches before any step."""
    with context.kept():
        return _loss(batches)


def _loss(batches: Sequence[Batch]) -> float:
    with torch.no_grad():
        return mean(float(batch.loss().sum()) for batch in batches)


def best_of(context: Context, trials: Sequence[RateTrial]) -> RateTrial | None:
    """The one that is lowest on what was kept apart; where that tells nothing, the one that fits what it trains on."""
    if not trials:
        return None
    first = untrained(context, parts(context.batches)[1])
    best = min(trials, key=lambda one: one.held)
    if first - best.held >= TELLS * abs(first):
        return best
    return min(trials, key=lambda one: one.last)


def advice(test: RangeTest, rate: float | None) -> str:
    """On a schedule, as a rule of thumb."""
    if rate is None:
        return ""
    decay = "after two thirds of the steps, lower it in a cosine to 1 % of it"
    if test.largest is not None and test.largest / rate < 3:
        return f"raise it over the first 5 % of the steps, for three times as much explodes; {decay}"
    return f"begin with it; {decay}"
