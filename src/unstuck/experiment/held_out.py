"""The effect on the held-out loss, where the script computes one: what was learned must hold for other examples too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run import curves
from unstuck.analysis.run.curves import same_kind
from unstuck.analysis.run.training import trainings
from unstuck.experiment.score import WORST, Score

if TYPE_CHECKING:
    from unstuck.record.reader import Record


ALIKE = 1e-6
"""of the mean of an evaluation, by which that of its batches may differ"""


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
    """The losses on examples that are not trained on, of the training's own kind, by the backward calls before them.

    Of each evaluation its batches, or their mean where several sets went through one line: of several, that with the
    highest loss at its end, for one may be what was trained on.
    """
    found = [one for one in trainings(record) if one.losses]
    chosen = [one for one in found if one.number == training] or found
    main = max(chosen, key=lambda one: len(one.losses[0].value), default=None)
    if main is None or main.loss is None:
        return {}
    function = main.loss.function
    held = [one for one in curves.evaluations(main) if not one.trained_on and same_kind(one.function, function)]
    if not held:
        return {}
    first = max(held, key=lambda one: float(one.y[-1]) if math.isfinite(one.y[-1]) else math.inf)
    batches: dict[int, list[float]] = {}
    for series in main.evals:
        if (series.function, series.file, series.line) == (first.function, first.file, first.line):
            for index, value in zip(series.index.tolist(), series.value.tolist(), strict=True):
                batches.setdefault(int(index), []).append(float(value))
    known = {int(at): float(mean) for at, mean in zip(first.x, first.y, strict=True) if at}
    return {
        at: some if math.isclose(float(np.mean(some := batches.get(at, [mean]))), mean, rel_tol=ALIKE) else [mean]
        for at, mean in known.items()
    }


def _score(losses: list[float], score: Score) -> Score:
    """As a share of the baseline loss; its noise is that of the mean over the batches of one evaluation."""
    mean = float(np.mean(losses))
    learned = 1.0 - mean / score.reference if math.isfinite(mean) else WORST
    noise = float(np.std(losses, ddof=1)) / math.sqrt(len(losses)) / score.reference if len(losses) > 1 else 0.0
    return Score(
        learned=min(1.0, max(WORST, learned)), noise=noise if math.isfinite(noise) else 0.0, reference=score.reference,
        verdict=score.verdict, steps=score.steps,
    )  # fmt: skip
