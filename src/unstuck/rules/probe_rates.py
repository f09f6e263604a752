"""The learning rate by the short trainings of a preflight: what OPT101 and OPT102 say before the first step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from unstuck.analysis.probe.view import ProbeView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy
from unstuck.core.words import number
from unstuck.record.events.probe.rates import LearningRates
from unstuck.rules.rule import Rule, TooLittle

FAR_BELOW = 100.0
"""times the own rate, that the suggested one is: short trainings favour high rates, so less says nothing"""
FAR_ABOVE = 3.0
"""times the suggested rate, that the own one is: two neighbours of the range test"""
LEARNS = 0.2
"""share of the first loss that the training at the suggested rate removes; else no rate is right"""
STANDS_STILL = 0.05
"""share of what the best rate removes, that the own one does: not calibrated yet"""


def too_low(rule: Rule[Any], view: ProbeView) -> Iterator[Finding]:
    """The own rate hardly changes the loss, and one a hundred times as high lowers it."""
    event, best = _judged(view)
    own, suggestion = event.own_trial, event.suggestion
    if own is None or suggestion is None or best is None:
        return
    removed = (event.first - own) / (event.first - best)
    if suggestion >= FAR_BELOW * event.own and removed < STANDS_STILL:
        yield _finding(rule, view, event, f"leaves it at {number(own)}", best, "raise-learning-rate")


def too_high(rule: Rule[Any], view: ProbeView) -> Iterator[Finding]:
    """The own rate makes the loss no lower than it was, and a lower one does."""
    event, best = _judged(view)
    own, suggestion = event.own_trial, event.suggestion
    if own is None or suggestion is None or best is None:
        return
    if event.own >= FAR_ABOVE * suggestion and not own < event.first:
        ends = "makes it explode" if math.isinf(own) else f"leaves it at {number(own)}"
        yield _finding(rule, view, event, ends, best, "lower-learning-rate")


def _judged(view: ProbeView) -> tuple[LearningRates, float | None]:
    """The range test, and the loss at the suggested rate where that rate makes the network learn."""
    event = view.one(LearningRates)
    if event is None or event.own_trial is None or event.best_trial is None or event.suggestion is None:
        raise TooLittle("short trainings at several learning rates, of which one lowers the loss")
    learns = event.first - event.best_trial >= LEARNS * abs(event.first)
    return event, event.best_trial if learns else None


def _finding(
    rule: Rule[Any], view: ProbeView, event: LearningRates, ends: str, best: float, remedy: str
) -> Finding:
    assert event.suggestion is not None
    factor = event.suggestion / event.own
    raised = factor > 1
    change = f"{'Multiply' if raised else 'Divide'} the learning rate by about {number(max(factor, 1 / factor))}"
    return rule.finding(
        f"a short training at the learning rate of {number(event.own)} {ends} (it begins at {number(event.first)}), "
        "one "
        f"at {number(event.suggestion)} lowers it to {number(best)}",
        view=view, place=view.optimizer_place(),
        evidence=(
            Evidence(key="rate_factor", label="suggested rate / own rate", value=factor,
                     threshold=FAR_BELOW if raised else 1 / FAR_ABOVE),
            Evidence(key="best_trial", label="last loss at the suggested rate", value=best),
        ),
        remedies=(
            Remedy(name=remedy, text=f"{change}.", applicability=Applicability.TRIAL,
                   code=f"lr={event.suggestion:.1g}"),
        ),
    )  # fmt: skip
