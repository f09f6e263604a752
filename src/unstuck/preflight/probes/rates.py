"""Learning-rate range test, confirmed by short trainings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context
from unstuck.preflight.range_test import RangeTest, advice, candidates, range_test, refined, trial, untrained
from unstuck.preflight.short_fits import call_of, with_adam
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.rates import LEARNS, LearningRates, RateTrial

TITLE = "learning rate"
MEASURES: tuple[type[ProbeEvent], ...] = (LearningRates,)
SHARE = 0.4
TEST_SHARE = 0.3
"""of the time, for the range test"""
OTHER_RATES = (1e-3, 1e-2)
"""of Adam, where the own optimiser learns at no rate"""
SAME = 1.3
"""factor between two rates that are the same"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """The test over all rates, then short trainings at some of them and at the own rate."""
    context.batch  # noqa: B018 - raises where there is none
    rates = [rate for rate in context.rates if rate > 0]
    if not rates:
        raise TooLittle("an optimiser with a learning rate")
    own = max(rates)
    time = Allowance(context.seconds)
    found = range_test(context, TEST_SHARE * context.seconds)
    spent = time.spent
    steps, seconds = _length(found, spent, context.seconds - spent)
    trials = confirmed(context, candidates(found), steps, seconds)
    mine = next((one for one in trials if max(one.rate / own, own / one.rate) < SAME), None)
    if mine is None and trials:
        mine = trial(context, own, steps, seconds)
    best = min(trials, key=lambda one: one.last, default=None)
    first = untrained(context)
    usable = best is not None and best.last < first
    adam = _adam(context, first, best, steps, seconds)
    yield LearningRates(
        optimizer=type(context.optimizers[0]).__name__, function=_function(context), own=own,
        groups=tuple(context.rates),
        rates=tuple(found.rates), losses=tuple(found.losses), smooth=tuple(found.smooth), first=first,
        largest=found.largest, steepest=found.steepest, lowest=found.lowest,
        suggestion=best.rate if usable and best is not None else None,
        how=f"the lowest loss after {steps} steps of {len(trials)} short trainings at rates that the range test left",
        trials=tuple(sorted({one.rate: one for one in (*trials, *([mine] if mine else []))}.values(),
                            key=lambda one: one.rate)),
        own_trial=None if mine is None else mine.last, best_trial=best.last if best is not None else None,
        adam_rate=None if adam is None else adam.rate, adam_trial=None if adam is None else adam.last,
        advice=advice(found, best.rate if usable and best is not None else None),
    )  # fmt: skip


def _function(context: Context) -> str:
    try:
        return call_of(context, context.batch).function
    except TooLittle:
        return ""


def _adam(context: Context, first: float, best: RateTrial | None, steps: int, seconds: float) -> RateTrial | None:
    """Short trainings as long as the others, where plain gradient descent hardly lowers the loss at its best rate."""
    plain = all(isinstance(one, torch.optim.SGD) for one in context.optimizers)
    if not plain or best is None or not math.isfinite(first) or first - best.last >= LEARNS * abs(first):
        return None
    trials = [trial(with_adam(context, rate), rate, steps, seconds) for rate in OTHER_RATES]
    return min(trials, key=lambda one: one.last)


def _length(found: RangeTest, spent: float, left: float) -> tuple[int, float]:
    """Steps of each short training, and the seconds that it may take."""
    each = left / 8
    step = spent / max(1, len(found.losses))
    return max(20, min(300, int(each / max(step, 1e-6)))), 1.5 * each


def confirmed(context: Context, rates: Sequence[float], steps: int, seconds: float) -> list[RateTrial]:
    """Short trainings at these rates, and between the two best of them."""
    trials = [trial(context, rate, steps, seconds) for rate in rates]
    return [*trials, *(trial(context, rate, steps, seconds) for rate in refined(trials))]
