"""How far a training came, as a share of the baseline loss that it took away. Usable without an experiment.

0 is a network that learned nothing, 1 one that makes no error, whatever the loss is measured in. Where there is no
constant baseline (a loss written by hand), a given reference takes its place (in an experiment: the start of the
control), and where that is not finite, the start of the training itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.run.constant_baseline import NORMALISED, train_calls
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY

if TYPE_CHECKING:
    from unstuck.analysis.run.status import TrainingStatus
    from unstuck.analysis.run.training import Training
    from unstuck.record.reader import Record

Array = np.ndarray[Any, Any]
WORST = -1.0
"""score of a training that diverged, crashed, or ends at twice the reference or above"""
SIGMAS = 3.0
"""half width of the interval of one score, in standard errors of its last steps"""
DOUBLING_DECAY = 0.6
"""of the gain of one doubling of the steps, what the next doubling gains: of a loss that falls as steps^-0.7"""
FEWEST_LOSSES = 16
"""losses in half a training from which it shows a trend"""
OUTSIDE_PROBABILITY = 0.5
"""distance of a target from the range 0 to 1 from which it is no probability"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far a training came."""

    learned: float
    """share of the reference loss taken away, between `WORST` and 1"""
    noise: float
    """its standard error, from the scatter of the last steps"""
    reference: float
    """the baseline loss, or the start of the control"""
    verdict: Verdict
    steps: int
    doubling: float = 0.0
    """share that was learned as the steps last doubled"""
    objective: bool = True
    """whether a lower loss means that more was learned: not in adversarial or policy training, or if targets move"""
    comparable: bool = True
    """whether the loss of another branch may be compared with its reference"""

    def projected(self, steps: int) -> float:
        """What it would come to after so many steps if it went on as it did.

        Most losses fall as a power of the steps: each doubling gains `DOUBLING_DECAY` times what the one before gained.
        """
        doublings = math.log2(steps / self.steps) if steps > self.steps > 0 else 0.0
        more = DOUBLING_DECAY * (1.0 - float(DOUBLING_DECAY**doublings)) / (1.0 - DOUBLING_DECAY)
        return min(1.0, self.learned + max(0.0, self.doubling) * more)


def score_of(
    record: Record, training: int | None = None, reference: float | None = None, steps: int | None = None
) -> Score | None:
    """The score of one training of a record; None where nothing was trained.

    Args:
        record: of a run or a branch.
        training: its number; by default the longest.
        reference: what the loss is compared with where the record has no constant baseline.
        steps: backward calls that are looked at; by default all.
    """
    all_ = [one if steps is None else one.cut(steps) for one in trainings(record)]
    views = [TrainingView(record, one) for one in all_ if one.losses]
    if not views:
        return None
    chosen = [view for view in views if view.training.number == training]
    return score_of_training(chosen[0] if chosen else max(views, key=lambda one: one.status.steps), reference)


def score_of_training(view: TrainingView, reference: float | None = None) -> Score:
    """The score of one training."""
    score = _score(view.status, reference)
    if view.training.loss is not None and score.learned > WORST:
        # a loss that falls to the baseline is no trend
        losses = np.minimum(view.training.loss.value, score.reference)
        score = replace(score, doubling=doubling(losses) / score.reference)
    if measures_nothing(view.training):
        return replace(score, learned=0.0, noise=0.0, doubling=0.0, objective=True, comparable=False)
    return replace(score, objective=view.status.objective)


def doubling(losses: Array) -> float:
    """By how much the mean of the second half of the losses is below that of the quarter before it."""
    half = len(losses) // 2
    if half < FEWEST_LOSSES:
        return 0.0
    return float(np.mean(losses[half // 2 : half]) - np.mean(losses[half:]))


def measures_nothing(training: Training) -> bool:
    """Whether the loss has no lower bound, or its inputs are no probabilities: scores in `nll_loss`, amounts as labels.

    Its value says nothing about how well the network does. Such a branch counts as one that learned nothing, so that
    the loss that should be used is compared with the constant baseline alone.
    """
    low, high = -OUTSIDE_PROBABILITY, 1 + OUTSIDE_PROBABILITY
    for call in train_calls(training):
        target = call.target
        if call.function == "nll_loss" and call.log_normaliser is not None and call.log_normaliser > NORMALISED:
            return True
        negative = target.min is not None and target.min < low
        if call.function in CROSS_ENTROPY_BINARY and (negative or (target.max is not None and target.max > high)):
            return True
        rows = call.target_row_sum
        if call.function == "cross_entropy" and rows is not None and (rows[1] > high or negative):
            return True
    return False


def _score(status: TrainingStatus, reference: float | None) -> Score:
    begin = reference if reference and math.isfinite(reference) else status.first
    held = status.baseline.loss if status.baseline is not None else begin
    bad = not math.isfinite(status.last) or status.first_nonfinite is not None
    if bad or not math.isfinite(held) or held <= 0:
        return Score(learned=WORST, noise=0.0, reference=held, verdict=Verdict.DIVERGED, steps=status.steps)
    raw, noise = 1.0 - status.last / held, SIGMAS * status.noise / held
    low, learned, high = (min(1.0, max(WORST, one)) for one in (raw - noise, raw, raw + noise))
    return Score(
        learned=learned, noise=max(learned - low, high - learned) / SIGMAS, reference=held,
        verdict=status.verdict, steps=status.steps,
    )  # fmt: skip
