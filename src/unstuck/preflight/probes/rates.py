"""Learning-rate range test, confirmed by short trainings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context, mean
from unstuck.preflight.lighter import lighter
from unstuck.preflight.range_test import FEWEST_STEPS, RangeTest, range_test
from unstuck.preflight.rate_search import (
    FEWEST_RATES,
    SAME,
    TELLS,
    Before,
    Plan,
    advice,
    chosen,
    search,
    tells,
    trial,
)  # fmt: skip
from unstuck.preflight.short_fits import call_of, with_adam
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.rates import LEARNS, LearningRates, RateTrial

TITLE = "learning rate"
MEASURES: tuple[type[ProbeEvent], ...] = (LearningRates,)
SHARE = 0.4
TEST_SHARE = 0.3
"""of the time, for the range test"""
TRIALS = 8
"""short trainings, among which the rest of the time is shared"""
FEWEST, MOST = 20, 300
"""steps of a short training"""
STEPS = FEWEST_STEPS + TRIALS * FEWEST
"""that there should be time for; if there is not, batches have fewer examples"""
OVERRUN, MOST_OVERRUN = 2.0, 4.0
"""times its seconds, after which no more rates are tried than must be, and beyond which none is"""
LEAST = 10
"""steps that are made, without which nothing is said"""
OTHER_RATES = (1e-3, 1e-2)
"""of Adam, where the own optimiser learns at no rate"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """The test over all rates, then short trainings at some of them and at the own rate."""
    whole = context.batch.size
    rates = [rate for rate in context.rates if rate > 0]
    if not rates:
        raise TooLittle("an optimiser with a learning rate")
    own = max(rates)
    context = lighter(context, STEPS, context.seconds)
    _check_time(context)
    time = Allowance(context.seconds)
    found = range_test(context, TEST_SHARE * context.seconds)
    spent = time.spent
    plan = _plan(found, spent, context.seconds)
    trials, before = search(context, found, plan), Before.of(context)
    longest = max(one.steps for one in trials)
    if longest < LEAST:
        raise TooLittle(f"{LEAST} steps of a short training (there was time for {longest})")
    mine = _at(context, own, trials, plan)
    if plan.all.over and mine not in trials:  # there was no time for all rates: what is known of the own one counts
        trials = sorted((*trials, mine), key=lambda one: one.rate)
    rate = chosen(trials, before)
    best = _at(context, rate, trials, plan) if rate is not None else min(trials, key=lambda one: one.last)
    first = mean(look.loss for look in context.looks)
    suggestion = rate if rate is not None and first - best.last >= TELLS * abs(first) else None
    adam = _adam(context, first, trials, plan)
    yield LearningRates(
        optimizer=type(context.optimizers[0]).__name__, function=_function(context), own=own,
        groups=tuple(context.rates),
        rates=tuple(found.rates), losses=tuple(found.losses), smooth=tuple(found.smooth), first=first,
        largest=found.largest, steepest=found.steepest, lowest=found.lowest,
        suggestion=suggestion, how=_how(trials, before, plan, context.batch.size, whole),
        trials=tuple(sorted({one.rate: one for one in (*trials, mine, best)}.values(), key=lambda one: one.rate)),
        own_trial=mine.last, best_trial=best.last,
        adam_rate=None if adam is None else adam.rate, adam_trial=None if adam is None else adam.last,
        advice=advice(found, suggestion),
    )  # fmt: skip


def _at(context: Context, rate: float, trials: Sequence[RateTrial], plan: Plan) -> RateTrial:
    """The trial at this rate, made where there is none."""
    found = next((one for one in trials if max(one.rate / rate, rate / one.rate) < SAME), None)
    return found if found is not None else trial(context, rate, plan)


def _how(trials: Sequence[RateTrial], before: Before, plan: Plan, examples: int, whole: int) -> str:
    made = f"{len(trials)} short trainings of {plan.steps} steps round what the range test left"
    if examples < whole:
        made += f", on {examples} of the {whole} examples of each batch"
    if tells(trials, before):
        return f"the middle of the rates that are nearly as good as the best of {made}"
    return f"the lowest rate that fits nearly as well as the best of {made}; other batches do not become better by any"


def _function(context: Context) -> str:
    try:
        return call_of(context, context.batch).function
    except TooLittle:
        return ""


def _adam(context: Context, first: float, own: Sequence[RateTrial], plan: Plan) -> RateTrial | None:
    """Short trainings as long as the others, where plain gradient descent hardly lowers the loss at any rate."""
    plain = all(isinstance(one, torch.optim.SGD) for one in context.optimizers)
    lowest = min((one.last for one in own), default=math.nan)
    if not plain or not math.isfinite(first) or not first - lowest < LEARNS * abs(first):
        return None
    trials = [trial(with_adam(context, rate), rate, plan) for rate in OTHER_RATES]
    return min(trials, key=lambda one: one.last)


def _check_time(context: Context) -> None:
    """Whether the fewest steps can be made.

    Raises:
        TooLittle: they take many times the seconds.
    """
    takes, fewest = context.step_seconds, FEWEST_STEPS + (FEWEST_RATES + 2) * FEWEST
    if takes * fewest > MOST_OVERRUN * context.seconds:
        budget = math.ceil(max(1.1 * takes * fewest / MOST_OVERRUN / SHARE, context.budget + 1))
        raise TooLittle(f"steps that take less ({takes:.2g} s each; `--budget {budget}` is enough)")


def _plan(found: RangeTest, spent: float, seconds: float) -> Plan:
    """Steps of each short training, and the seconds that it may take."""
    each = (seconds - spent) / TRIALS
    step = spent / max(1, len(found.losses))
    steps = max(FEWEST, min(MOST, int(each / max(step, 1e-6))))
    return Plan(steps, 1.5 * max(each, steps * step), Allowance(OVERRUN * seconds - spent))
