"""How a training stands at its end: first, last and best loss, noise, the constant baseline, the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.constant_baseline import ConstantBaseline, baseline_of
from unstuck.analysis.run.curves import Curve, blocks, curve_of, epoch_length, level, line, period
from unstuck.analysis.run.objective import no_objective
from unstuck.analysis.run.optimum import is_at_optimum
from unstuck.analysis.run.training import Series, Training
from unstuck.core.diagnosis import TrainingSummary, Verdict

Array = np.ndarray[Any, Any]

MIN_STEPS = 20
"""backward calls below which a run is too short to be judged"""
TAIL_SHARE = 0.1
HEAD_STEPS = 5
BETTER_SHARE = 0.02
"""share of the baseline loss by which a network must beat it to be called better"""
WORSE_SHARE = 0.2
"""share of its beginning by which a loss must exceed it to be called diverged"""
OWN_WORSE = 10.0
"""the same for a loss written by hand, whose meaning nobody tells us: times its beginning"""
IMPROVING_SHARE = 0.03
"""share of the whole progress that the last tenth must add to be called still improving"""
SIGMAS = 3.0
"""standard errors that count as beyond noise"""
RESOLUTION = 0.3
"""share of the reference that the noise may hide before a loss that is not better is called stuck"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStatus:
    """Numbers about one training's main loss. ``first`` to ``scatter`` are NaN without finite values."""

    verdict: Verdict
    steps: int
    first: float = math.nan
    """median of the first few values"""
    last: float = math.nan
    """mean of the last tenth, or of the last epoch where that is longer"""
    previous: float = math.nan
    """mean of the stretch before the last"""
    best: float = math.nan
    """lowest mean of any tenth"""
    noise: float = math.nan
    """standard error of ``last``"""
    first_noise: float = math.nan
    """standard error of ``first``"""
    early: float = math.nan
    """mean of the first tenth"""
    early_noise: float = math.nan
    """standard error of ``early``"""
    scatter: float = math.nan
    """standard deviation of single values about the trend in the last tenth"""
    trend: float = 0.0
    """change along a straight line through the whole run, in standard errors; negative where it falls"""
    baseline: ConstantBaseline | None = None
    no_objective: str = ""
    """why the loss measures no progress, as that of a policy; "" where it does"""
    first_nonfinite: int | None = None
    """index of the first value that is not a number"""

    @property
    def objective(self) -> bool:
        """Whether the loss measures progress (an adversarial or policy loss does not)."""
        return not self.no_objective

    @property
    def progress(self) -> float:
        """How far the loss fell from where it began (or from the constant baseline, if that is lower)."""
        start = min(self.first, self.baseline.loss) if self.baseline is not None else self.first
        return start - self.last

    @property
    def explained(self) -> float | None:
        """Share of the baseline loss that the network has taken away; None without a baseline answer."""
        if self.baseline is None or self.baseline.loss <= 0:
            return None
        return 1.0 - self.last / self.baseline.loss

    @property
    def reference(self) -> float:
        """What the loss is compared with: the constant baseline, or its own beginning."""
        return self.baseline.loss if self.baseline is not None else self.first

    @property
    def error(self) -> float:
        """Standard error of the comparison with ``reference``."""
        other = self.baseline.spread if self.baseline is not None else self.first_noise
        return math.hypot(self.noise, other)


@fact
def status_of(training: Training) -> TrainingStatus:
    """Judge one training by its main loss."""
    loss = training.loss
    if loss is None or not len(loss.value):
        return TrainingStatus(
            verdict=Verdict.NO_TRAINING, steps=0, baseline=baseline_of(training), no_objective=no_objective(training)
        )
    numbers = _numbers(training, curve_of(training, loss))
    return replace(numbers, verdict=_verdict(training, loss, numbers))


def _numbers(training: Training, curve: Curve) -> TrainingStatus:
    finite = curve.y[np.isfinite(curve.y)]
    bad = np.flatnonzero(~np.isfinite(curve.y))
    known = TrainingStatus(
        verdict=Verdict.TOO_SHORT, steps=curve.steps, baseline=baseline_of(training),
        no_objective=no_objective(training),
        first_nonfinite=int(curve.x[bad[0]]) if len(bad) else None,
    )  # fmt: skip
    if not len(finite):
        return known
    share = tail_share(training, curve)
    repeats = period(curve, epoch_length(training))
    share = max(share, min(0.5, 3 * repeats / len(curve.y))) if repeats > 1 else share
    start = finite[:repeats] if repeats > 1 else _beginning(finite, known.baseline)
    begin = level(curve.between(0, share), repeats)
    last = level(curve.between(1 - share, 1), repeats)
    previous = level(curve.between(1 - 2 * share, 1 - share), repeats)
    return replace(
        known, first=float(np.mean(start) if repeats > 1 else np.median(start)),
        first_noise=_or_zero(begin.scatter) * (1.0 if repeats > 1 else 1.25 / math.sqrt(len(start))),
        early=begin.value, early_noise=_or_zero(begin.error), last=last.value, previous=previous.value,
        noise=_or_zero(last.error), scatter=_or_zero(last.scatter), best=float(np.nanmin(blocks(curve, 10))),
        trend=_trend(curve),
    )  # fmt: skip


def _trend(curve: Curve) -> float:
    kept = np.isfinite(curve.y)
    whole = line(curve.x[kept], curve.y[kept])
    return whole.change / whole.error if whole.error > 0 and math.isfinite(whole.error) else 0.0


def _beginning(finite: Array, baseline: ConstantBaseline | None) -> Array:
    """The first few values; the very first alone where the steps after it threw the loss far up."""
    start = finite[: max(1, min(HEAD_STEPS, len(finite) // 20 + 1))]
    if baseline is not None and baseline.loss / 2 < start[0] < 2 * baseline.loss and np.median(start) > 2 * start[0]:
        return start[:1]
    return start


def tail_share(training: Training, curve: Curve) -> float:
    """Share of the run that counts as its end: a tenth, three values, or one epoch where that is longer."""
    share = max(TAIL_SHARE, 3 / max(3, len(curve.y)))
    length = epoch_length(training)
    if length is not None and curve.steps >= 4 * length:
        share = max(share, length / curve.steps)
    return min(1.0, share)


def _or_zero(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _verdict(training: Training, loss: Series, s: TrainingStatus) -> Verdict:
    if not math.isfinite(s.last) or not np.isfinite(loss.value[-1]):
        return Verdict.DIVERGED
    if s.steps < MIN_STEPS:
        return Verdict.TOO_SHORT
    if has_risen(loss, s):
        return Verdict.DIVERGED
    if s.objective and not better(s):
        loaded = s.baseline is None and (is_loaded(training) or is_at_optimum(training))
        if not_better(s) and not loaded:
            return Verdict.STUCK
        if not falls(s) and not probably_better(s):
            return Verdict.LEARNED if loaded else Verdict.TOO_SHORT
    elif s.objective and is_asleep(training, s):
        return Verdict.STUCK
    gain = s.previous - s.last
    if math.isfinite(gain) and gain > max(SIGMAS * s.noise, IMPROVING_SHARE * max(s.progress, 1e-12)):
        return Verdict.LEARNING
    return Verdict.LEARNED if s.objective or falls(s) else Verdict.LEARNING


def has_risen(loss: Series, s: TrainingStatus) -> bool:
    """At the end worse than at the beginning, beyond noise, and worse than the constant baseline."""
    if not s.objective:
        return False
    allowed = (OWN_WORSE - 1 if loss.function is None else WORSE_SHARE) * abs(s.first)
    if s.last - s.first <= max(SIGMAS * math.hypot(s.noise, s.first_noise), allowed):
        return False
    return s.baseline is None or s.last > s.baseline.loss * (1 + WORSE_SHARE) + SIGMAS * s.error


def better(s: TrainingStatus) -> bool:
    """Better, beyond noise, than the constant baseline, or without one than its own beginning."""
    return s.last < s.reference - max(SIGMAS * s.error, BETTER_SHARE * abs(s.reference))


def probably_better(s: TrainingStatus) -> bool:
    """Lower than the reference by a tenth and two standard errors: enough for a verdict, not for an alarm."""
    return s.last < s.reference - max(2 * s.error, 0.1 * abs(s.reference))


def not_better(s: TrainingStatus) -> bool:
    """Surely as bad as the reference: worse beyond noise, or level with it where noise could hide little."""
    bar = (1 - BETTER_SHARE) * s.reference if s.reference > 0 else s.reference
    if s.last - SIGMAS * s.error >= bar:
        return True
    if s.last >= bar and SIGMAS * s.error <= RESOLUTION * abs(s.reference):
        return True
    return is_flat(s) and (s.baseline is None or s.last >= (1 - RESOLUTION) * s.baseline.loss)


def is_flat(s: TrainingStatus) -> bool:
    """No fall from the first few values to the first tenth, and none from there to the end; few could hide."""
    noise = math.hypot(s.early_noise, s.noise)
    return (
        s.first - s.early <= SIGMAS / 2 * s.first_noise
        and s.early - s.last <= max(SIGMAS * noise, BETTER_SHARE * abs(s.early))
        and SIGMAS * noise <= RESOLUTION / 2 * abs(s.early)
    )


def is_asleep(training: Training, s: TrainingStatus) -> bool:
    """Little better than the constant baseline, and no better than at its beginning: it was so by chance."""
    explained = s.explained
    return (
        explained is not None and explained < RESOLUTION and is_flat(s) and not falls(s) and not is_loaded(training)
    )  # fmt: skip


def falls(s: TrainingStatus) -> bool:
    """Lower than at its own beginning, beyond noise."""
    small = BETTER_SHARE * abs(s.first)
    return (
        s.first - s.last > max(SIGMAS * math.hypot(s.noise, s.first_noise), small)
        or min(s.first, s.early) - s.last > max(SIGMAS * math.hypot(s.noise, s.early_noise), small)
        or (s.trend < -2 * SIGMAS and s.first - s.last > small)
    )  # fmt: skip


def is_loaded(training: Training) -> bool:
    """Weights came out of a file: the beginning may be where another training ended."""
    return any(parameter.loaded for parameter in training.parameters.values())


def summary_of(training: Training, s: TrainingStatus) -> TrainingSummary:
    """The training status as a diagnosis reports it; the best loss is never worse than the first or last."""
    levels = [level for level in (s.best, s.first, s.last) if math.isfinite(level)]
    return TrainingSummary(
        training=training.number, verdict=s.verdict, steps=s.steps, first_loss=s.first, last_loss=s.last,
        best_loss=min(levels, default=s.best), baseline_loss=s.baseline.loss if s.baseline is not None else None,
        baseline_answer=s.baseline.answer if s.baseline is not None else "", no_objective=s.no_objective,
    )
