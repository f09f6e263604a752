"""Whether confidence is accuracy."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.model.calibration import by_chance, calibration_error, reliability, temperature
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.numbers import Calibration

TITLE = "calibration"
MEASURES: tuple[type[ModelEvent], ...] = (Calibration,)
LEAST = 100
"""examples"""


def measure(context: Context) -> Iterator[ModelEvent]:
    """Bins, what chance costs, the temperature."""
    given = context.given
    if not given.task.has_classes:
        return
    if given.confidence is None:
        raise TooLittle("probabilities of the classes")
    if len(given) < LEAST:
        raise TooLittle(f"{LEAST} examples with a probability for each class (there are {len(given)})")
    right = ~given.wrong
    bins = reliability(given.confidence, right)
    mean, high = by_chance(given.confidence, context.settings.seed)
    fitted = temperature(given, context.settings.seed)
    yield Calibration(
        error=calibration_error(given.confidence, right), chance=mean, chance_high=high,
        confidence=float(given.confidence.mean()), accuracy=float(right.mean()), bins=len(bins),
        bin_confidence=tuple(one.confidence for one in bins), bin_accuracy=tuple(one.accuracy for one in bins),
        bin_low=tuple(one.low for one in bins), bin_high=tuple(one.high for one in bins),
        bin_count=tuple(one.count for one in bins), temperature=fitted.temperature, error_before=fitted.error_before,
        error_after=fitted.error_after, log_loss_before=fitted.log_loss_before, log_loss_after=fitted.log_loss_after,
    )  # fmt: skip
