"""The effect on the held-out loss, where the script computes one: what was learned must hold for other examples too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.experiment.effect import WORST, Score
from unstuck.record.training import trainings

if TYPE_CHECKING:
    from unstuck.record.reader import Record


def held_out(
    control: Record, treated: Record, training: int | None, score: Score, *, at_ends: bool = False
) -> tuple[Score, Score] | None:
    """What both come to in their last evaluation after the same step; None where there is none.

    Args:
        control: record of the one branch.
        treated: of the other.
        training: its number; by default the longest.
        score: the control's on the training loss, whose reference serves here too.
        at_ends: whether the last of each is taken, for one of them is longer.
    """
    one, other = evaluations(control, training), evaluations(treated, training)
    first, second = (set(one), set(other)) if at_ends else (set(one) & set(other),) * 2
    if not first or not second or not math.isfinite(score.reference) or score.reference <= 0:
        return None
    return _score(one[max(first)], score), _score(other[max(second)], score)


def evaluations(record: Record, training: int | None) -> dict[int, list[float]]:
    """The losses on which no backward was called, by the number of backward calls before them."""
    found = [one for one in trainings(record) if one.losses]
    chosen = [one for one in found if one.number == training] or found
    main = max(chosen, key=lambda one: len(one.losses[0].value), default=None)
    losses: dict[int, list[float]] = {}
    if main is not None and main.evals:
        series = main.evals[0]
        for index, value in zip(series.index.tolist(), series.value.tolist(), strict=True):
            losses.setdefault(int(index), []).append(float(value))
    return {at: values for at, values in losses.items() if at}


def _score(losses: list[float], score: Score) -> Score:
    """As a share of the constant answer's loss; its noise is that of the mean over the batches of one evaluation."""
    mean = float(np.mean(losses))
    learned = 1.0 - mean / score.reference if math.isfinite(mean) else WORST
    noise = float(np.std(losses, ddof=1)) / math.sqrt(len(losses)) / score.reference if len(losses) > 1 else 0.0
    return Score(
        learned=min(1.0, max(WORST, learned)), noise=noise if math.isfinite(noise) else 0.0, reference=score.reference,
        verdict=score.verdict, steps=score.steps,
    )  # fmt: skip
