"""How a training stands at its end: first, last and best loss, noise, the trivial answer, the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.core.diagnosis import TrainingSummary, Verdict
from unstuck.record.training import Series, Training
from unstuck.rules.trivial import Trivial, trivial_of

Array = np.ndarray[Any, Any]

MIN_STEPS = 20
"""backward calls below which a run is too short to be judged"""
TAIL_SHARE = 0.1
HEAD_STEPS = 5
BETTER_SHARE = 0.02
"""share of the trivial loss by which a network must beat it to be called better"""
WORSE_SHARE = 0.2
"""share of its beginning by which a loss must exceed it to be called diverged"""
IMPROVING_SHARE = 0.03
"""share of the whole progress that the last tenth must add to be called still improving"""
SIGMAS = 3.0
"""standard errors that count as beyond noise"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers about one training's main loss. ``first`` to ``noise`` are NaN without finite values."""

    verdict: Verdict
    steps: int
    first: float
    """median of the first few values"""
    last: float
    """mean of the last tenth"""
    previous: float
    """mean of the tenth before the last"""
    best: float
    """lowest mean of any tenth"""
    noise: float
    """standard error of ``last``"""
    scatter: float
    """standard deviation of single values about the trend in the last tenth"""
    trivial: Trivial | None
    objective: bool
    """whether the loss measures progress (an adversarial or policy loss does not)"""
    first_nonfinite: int | None
    """index of the first value that is not a number"""

    @property
    def progress(self) -> float:
        """How far the loss fell from where it began (or from the trivial answer, if that is lower)."""
        start = min(self.first, self.trivial.loss) if self.trivial is not None else self.first
        return start - self.last

    @property
    def explained(self) -> float | None:
        """Share of the trivial loss that the network has taken away; None without a trivial answer."""
        if self.trivial is None or self.trivial.loss <= 0:
            return None
        return 1.0 - self.last / self.trivial.loss


def is_objective(training: Training) -> bool:
    """Whether the main loss measures progress: not adversarial, and bounded below where it is hand-written."""
    loss = training.loss
    if loss is None:
        return False
    if loss.function is None:
        finite = loss.value[np.isfinite(loss.value)]
        if len(finite) and float(np.mean(finite < 0)) > 0.01:
            return False
    return not is_adversarial(training)


def is_adversarial(training: Training) -> bool:
    """Several optimisers over disjoint parameters, with losses of which one reaches the others' parameters."""
    if len(training.optimizers) < 2 or len(training.losses) < 2:
        return False
    held = [set(o["parameters"]) for o in training.optimizers]
    if any(a & b for i, a in enumerate(held) for b in held[i + 1 :]):
        return False
    reached: dict[int, set[int]] = {}
    for graph in training.graphs:
        reached.setdefault(graph.series, set()).update(n.leaf for n in graph.nodes if n.leaf is not None)
    crossing = [sum(bool(leaves & h) for h in held) for leaves in reached.values()]
    return any(n > 1 for n in crossing) and any(n == 1 for n in crossing)


def standing_of(training: Training) -> Standing:
    """Judge one training by its main loss."""
    loss = training.loss
    trivial = trivial_of(training)
    objective = is_objective(training)
    if loss is None or not len(loss.value):
        nan = math.nan
        return Standing(Verdict.NO_TRAINING, 0, nan, nan, nan, nan, nan, nan, trivial, objective, None)
    return _judge(loss, trivial, objective)


def _judge(loss: Series, trivial: Trivial | None, objective: bool) -> Standing:  # noqa: FBT001
    values = loss.value
    steps = len(values)
    bad = np.flatnonzero(~np.isfinite(values))
    first_bad = int(loss.index[bad[0]]) if len(bad) else None
    finite = values[np.isfinite(values)]
    width = max(1, min(max(3, round(TAIL_SHARE * steps)), steps))
    tail, before = values[-width:], values[-2 * width : -width]
    if not len(finite):
        nan = math.nan
        return Standing(
            Verdict.DIVERGED, steps, nan, nan, nan, nan, nan, nan, trivial, objective, first_bad
        )
    first = float(np.median(finite[: max(1, min(HEAD_STEPS, steps // 20 + 1))]))
    ends_badly = not np.isfinite(tail).all() and first_bad is not None and not np.isfinite(values[-1])
    last = float(np.nanmean(np.where(np.isfinite(tail), tail, np.nan))) if np.isfinite(tail).any() else math.nan
    previous = float(np.mean(before)) if len(before) and np.isfinite(before).all() else math.nan
    scatter = _scatter(tail)
    noise = scatter / math.sqrt(max(1, width - 1))
    blocks = [float(np.mean(block)) for block in np.array_split(finite, min(10, len(finite)))]
    standing = Standing(
        Verdict.TOO_SHORT, steps, first, last, previous, min(blocks), noise, scatter, trivial, objective, first_bad
    )
    verdict = _verdict(standing, ends_badly)
    return Standing(
        verdict, steps, first, last, previous, min(blocks), noise, scatter, trivial, objective, first_bad
    )


def _scatter(tail: Array) -> float:
    """Standard deviation about a straight line."""
    finite = tail[np.isfinite(tail)]
    if len(finite) < 3:
        return 0.0
    x = np.arange(len(finite)) - (len(finite) - 1) / 2
    slope = float((x * finite).sum() / (x * x).sum())
    return float(np.std(finite - finite.mean() - slope * x, ddof=2 if len(finite) > 2 else 0))


def _verdict(s: Standing, ends_badly: bool) -> Verdict:  # noqa: FBT001
    if ends_badly:
        return Verdict.DIVERGED
    if s.steps < MIN_STEPS:
        return Verdict.TOO_SHORT
    if not s.objective:
        return Verdict.LEARNING
    if s.last > s.first + max(SIGMAS * s.noise, WORSE_SHARE * abs(s.first)):
        worse_than_trivial = s.trivial is None or s.last > s.trivial.loss * (1 + BETTER_SHARE) + SIGMAS * s.noise
        if worse_than_trivial:
            return Verdict.DIVERGED
    if not better(s):
        return Verdict.STUCK
    gain = s.previous - s.last
    whole = max(s.progress, 1e-12)
    if math.isfinite(gain) and gain > max(SIGMAS * s.noise, IMPROVING_SHARE * whole):
        return Verdict.LEARNING
    return Verdict.LEARNED


def better(s: Standing) -> bool:
    """Better, beyond noise, than the trivial answer, or without one than its own beginning."""
    if s.trivial is not None:
        margin = max(SIGMAS * (s.noise + s.trivial.spread), BETTER_SHARE * s.trivial.loss)
        return s.last < s.trivial.loss - margin
    return s.last < s.first - max(SIGMAS * s.noise, BETTER_SHARE * abs(s.first))


def summary_of(training: Training, s: Standing) -> TrainingSummary:
    """The standing in the words of a diagnosis."""
    return TrainingSummary(
        training=training.number, verdict=s.verdict, steps=s.steps, first_loss=s.first, last_loss=s.last,
        best_loss=s.best, trivial_loss=s.trivial.loss if s.trivial is not None else None,
        trivial_answer=s.trivial.answer if s.trivial is not None else "",
    )
