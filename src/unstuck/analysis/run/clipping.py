"""Where gradients are clipped: the norms before clipping, and whether a step uses what was clipped.  C = clip calls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Training
from unstuck.core.finding import Place
from unstuck.record.events import Clip
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]
SCALES = 16.0
"""ratio of the clipped norm to the norm at the step from which the gradients were still scaled"""
SAME_SCALE = 2.0
"""ratio of that ratio to the loss scale, at most: the scale may change between two steps"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSite:
    """One line that clips."""

    function: str
    threshold: float
    """the last one"""
    place: Place
    x: Array
    """(C,) backward calls before"""
    norm: Array
    """(C,) before clipping; NaN where values are clipped"""
    limit: Array
    """(C,) threshold of each call"""
    after_step: float
    """share of the calls that come between a step and the next backward"""
    applied: Array
    """norm at the step of those sampled steps that one optimiser made; (A,)"""
    applied_limit: Array
    """(A,) norm that clipping had left there"""
    loss_scales: Array
    """scales of the gradient scaler at the sampled steps; empty where there is none"""

    @property
    def over(self) -> Array:
        """Norm / threshold of each call that measured a norm."""
        kept = np.isfinite(self.norm) & (self.limit > 0)
        ratio: Array = self.norm[kept] / self.limit[kept]
        return ratio

    @property
    def scale(self) -> float | None:
        """By what the gradients became smaller between clipping and the step; None where they did not."""
        kept = (self.applied > 0) & (self.applied_limit > 0)
        if not kept.any() or not len(self.loss_scales):
            return None  # an optimiser that holds a few of the clipped parameters uses a smaller norm too
        ratio = float(np.median(self.applied_limit[kept] / self.applied[kept]))
        low, high = float(self.loss_scales.min()) / SAME_SCALE, float(self.loss_scales.max()) * SAME_SCALE
        return ratio if ratio >= SCALES and low <= ratio <= high else None


@fact
def clip_sites(training: Training) -> tuple[ClipSite, ...]:
    """Every line that clips while this training is the one that steps, the most used first."""
    clips: dict[tuple[object, ...], list[Clip]] = {}
    for clip in training.part.of(Clip):
        clips.setdefault((clip.file, clip.line, clip.function), []).append(clip)
    sites = (_site(training, same) for same in clips.values())
    return tuple(sorted((site for site in sites if site is not None), key=lambda site: -len(site.x)))


def _site(training: Training, clips: list[Clip]) -> ClipSite | None:
    tape = training.part.timeline
    limits = {clip.id: float(clip.threshold if clip.threshold is not None else math.nan) for clip in clips}
    is_clip = (tape["kind"] == Kind.CLIP) & np.isin(tape["source"], list(limits))
    at = np.flatnonzero(is_clip)
    moves = np.flatnonzero((tape["kind"] == Kind.BACKWARD) | (tape["kind"] == Kind.STEP))
    if not len(at) or not len(moves):
        return None
    steps = np.append(tape["kind"][moves] == Kind.STEP, False)
    place = np.searchsorted(moves, at)
    before = np.where(place > 0, steps[place - 1], True)
    late = before & ~steps[place]
    mine = _is_mine(training, tape, moves, place)
    if not mine.any():
        return None
    at, late = at[mine], late[mine]
    rows = tape[at]
    limit = np.array([limits[source] for source in rows["source"].tolist()])
    applied, left = _applied(training, rows["index"], rows["value"], limit)
    return ClipSite(
        function=clips[-1].function, threshold=float(limit[-1]), place=Place(file=clips[-1].file, line=clips[-1].line),
        x=rows["index"].astype(np.float64), norm=rows["value"], limit=limit, after_step=float(late.mean()),
        applied=applied, applied_limit=left, loss_scales=training.part.rows(Kind.SCALER)["value"],
    )  # fmt: skip


def _is_mine(training: Training, tape: Array, moves: Array, place: Array) -> Array:
    """Whether the backward or step before each call (after it, for the first one) is of this training."""
    losses = {series.id for series in training.losses}
    optimizers = {optimizer.id for optimizer in training.optimizers}
    near = moves[np.clip(place - 1, 0, len(moves) - 1)]
    backward = (tape["kind"][near] == Kind.BACKWARD) & np.isin(tape["source"][near], list(losses))
    step = (tape["kind"][near] == Kind.STEP) & np.isin(tape["source"][near], list(optimizers))
    mine: Array = backward | step
    return mine


def _applied(training: Training, index: Array, norm: Array, limit: Array) -> tuple[Array, Array]:
    """At sampled steps that one optimiser made after one clipping: the norm used, and the norm left by clipping."""
    used, left = [], []
    for sampled in training.sampled_steps:
        stepped = [facts for facts in sampled.optimizers.values() if facts.stepped]
        rows = np.flatnonzero(index == sampled.step + sampled.backward_calls)
        if len(stepped) != 1 or len(rows) != 1 or not math.isfinite(stepped[0].norm):
            continue
        used.append(stepped[0].norm)
        left.append(float(np.minimum(norm[rows[0]], limit[rows[0]])))
    return np.array(used), np.array(left)
