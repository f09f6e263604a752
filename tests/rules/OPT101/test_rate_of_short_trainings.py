"""A rate is too low by a preflight where a short training at it stands still, the shorter, the stiller."""

from __future__ import annotations

import pytest

from unstuck.record.events.probe.rates import LearningRates, RateTrial
from unstuck.rules.probe_rates import ENOUGH, STANDS_STILL, too_low
from unstuck.rules.registry import load


class View:
    """A probe of which only its learning rates are known."""

    def __init__(self, event: LearningRates) -> None:
        self.event = event

    def one(self, _: type) -> LearningRates:
        return self.event

    def optimizer_place(self) -> None:
        return None


def rates(removed: float, steps: int) -> LearningRates:
    """The best rate removes the whole loss, the own one so much of it."""
    trials = tuple(RateTrial(rate=rate, last=0.0, steps=steps) for rate in (1e-4, 1.0))
    return LearningRates(
        optimizer="SGD", function="mse_loss", own=1e-4, first=1.0, rates=(), losses=(), smooth=(), suggestion=1.0,
        trials=trials, own_trial=1.0 - removed, best_trial=0.0,
    )


@pytest.mark.parametrize(
    ("removed", "steps", "fires"),
    [
        (0.99 * STANDS_STILL, ENOUGH, True), (1.01 * STANDS_STILL, ENOUGH, False), (0.99 * STANDS_STILL, 300, True),
        (0.99 * STANDS_STILL, ENOUGH // 2, False), (0.49 * STANDS_STILL, ENOUGH // 2, True),
    ],
)  # fmt: skip
def test_share_removed_by_the_own_rate(removed, steps, fires, monkeypatch):
    rule = load()["OPT101"]
    monkeypatch.setattr("unstuck.rules.probe_rates._finding", lambda *_: "fired")
    rule = rule() if isinstance(rule, type) else rule
    assert list(too_low(rule, View(rates(removed, steps)))) == (["fired"] if fires else [])
