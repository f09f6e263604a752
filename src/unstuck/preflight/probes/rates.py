"""Learning-rate range test, confirmed by short trainings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from unstuck.core.outcome import TooLittle
from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context
from unstuck.preflight.range_test import RangeTest, advice, candidates, range_test, refined, trial
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.rates import LearningRates, RateTrial

TITLE = "learning rate"
MEASURES: tuple[type[ProbeEvent], ...] = (LearningRates,)
SHARE = 0.4
TEST_SHARE = 0.3
"""of the time, for the range test"""
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
    usable = best is not None and math.isfinite(best.last)
    yield LearningRates(
        optimizer=type(context.optimizers[0]).__name__, own=own, groups=tuple(context.rates),
        rates=tuple(found.rates), losses=tuple(found.losses), smooth=tuple(found.smooth), first=found.losses[0],
        largest=found.largest, steepest=found.steepest, lowest=found.lowest,
        suggestion=best.rate if usable and best is not None else None,
        how=f"the lowest loss after {steps} steps of {len(trials)} short trainings at rates that the range test left",
        trials=tuple(sorted({one.rate: one for one in (*trials, *([mine] if mine else []))}.values(),
                            key=lambda one: one.rate)),
        own_trial=None if mine is None else mine.last, best_trial=best.last if best is not None else None,
        advice=advice(found, best.rate if usable and best is not None else None),
    )  # fmt: skip


def _length(found: RangeTest, spent: float, left: float) -> tuple[int, float]:
    """Steps of each short training, and the seconds that it may take."""
    each = left / 8
    step = spent / max(1, len(found.losses))
    return max(20, min(300, int(each / max(step, 1e-6)))), 1.5 * each


def confirmed(context: Context, rates: Sequence[float], steps: int, seconds: float) -> list[RateTrial]:
    """Short trainings at these rates, and between the two best of them."""
    trials = [trial(context, rate, steps, seconds) for rate in rates]
    return [*trials, *(trial(context, rate, steps, seconds) for rate in refined(trials))]
