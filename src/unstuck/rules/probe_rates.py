"""The learning rate by the short trainings of a preflight: what OPT101 and OPT102 say before the first step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from unstuck.analysis.probe.view import ProbeView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy
from unstuck.core.words import number
from unstuck.record.events.probe.rates import LEARNS, LearningRates
from unstuck.rules.rule import Rule, TooLittle

REMEDIES = ("raise-learning-rate", "lower-learning-rate")
FAR_BELOW = 100.0
"""times the own rate, that the suggested one is: short trainings favour high rates, so less says nothing"""
FAR_ABOVE = 3.0
"""times the suggested rate, that the own one is: two neighbours of the range test"""
STANDS_STILL = 0.05
"""share of what the best rate removes, that the own one does; sick: 0; healthy, a hundred times below: 0.13, 1"""
ENOUGH = 50
"""steps of a short training; with fewer, the share is as many times smaller: a healthy RAdam (0.01) removes 0.04 to
0.09 in 20 steps, of which the first ones are its warm-up"""


def too_low(rule: Rule[Any], view: ProbeView) -> Iterator[Finding]:
    """The own rate hardly changes the loss, and one a hundred times as high lowers it."""
    event, best = _judged(view)
    own, suggestion = event.own_trial, event.suggestion
    if own is None or suggestion is None or best is None:
        return
    removed = (event.first - own) / (event.first - best)
    steps = max((one.steps for one in event.trials), default=ENOUGH)
    if suggestion >= FAR_BELOW * event.own and removed < STANDS_STILL * min(1.0, steps / ENOUGH):
        yield _finding(rule, view, event, f"leaves it at {number(own)}", best, REMEDIES[0])


def too_high(rule: Rule[Any], view: ProbeView) -> Iterator[Finding]:
    """The own rate makes the loss no lower than it was, and a lower one does."""
    event, best = _judged(view)
    own, suggestion = event.own_trial, event.suggestion
    if own is None or suggestion is None or best is None:
        return
    if event.own >= FAR_ABOVE * suggestion and not own < event.first:
        ends = "makes it explode" if math.isinf(own) else f"leaves it at {number(own)}"
        yield _finding(rule, view, event, ends, best, REMEDIES[1])


def _judged(view: ProbeView) -> tuple[LearningRates, float | None]:
    """The range test, and the loss at the suggested rate where that rate makes the network learn."""
    event = view.one(LearningRates)
    if event is None or event.own_trial is None or event.best_trial is None or event.suggestion is None:
        raise TooLittle("short trainings at several learning rates, of which one lowers the loss")
    if not event.function:
        raise TooLittle("a loss that is one call of a loss function of torch: another one may fall without end")
    learns = event.first - event.best_trial >= LEARNS * abs(event.first)
    return event, event.best_trial if learns else None


def _finding(
    rule: Rule[Any], view: ProbeView, event: LearningRates, ends: str, best: float, remedy: str
) -> Finding:
    assert event.suggestion is not None
    raised = event.suggestion > event.own
    factor = float(f"{event.suggestion / event.own if raised else event.own / event.suggestion:.12g}")
    return rule.finding(
        f"a short training at the learning rate of {number(event.own)} {ends} (it begins at {number(event.first)}), "
        "one "
        f"at {number(event.suggestion)} lowers it to {number(best)}",
        view=view, place=view.optimizer_place(),
        evidence=(
            Evidence(key="rate_factor", value=factor, threshold=FAR_BELOW if raised else FAR_ABOVE,
                     label="suggested rate / own rate" if raised else "own rate / suggested rate"),
            Evidence(key="best_trial", label="last loss at the suggested rate", value=best),
        ),
        remedies=(
            Remedy(
                name=remedy, text=f"Set the learning rate to about {event.suggestion:.2g}, and try its neighbours.",
                applicability=Applicability.TRIAL, code=f"lr={event.suggestion:.2g}",
            ),
        ),
    )  # fmt: skip
