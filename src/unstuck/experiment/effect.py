"""What a change did, in the task's own terms, with its interval: control against treatment.

A branch's score is the share of the constant answer's loss that the network has taken away at its end: 0 is a network
that learned nothing, 1 one that makes no error, whatever the loss is measured in. Where there is no constant answer (a
loss written by hand), the control's own beginning takes its place, and where that is not finite, the branch's own.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.run.constant_baseline import NORMALISED, train_calls
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.experiment import MATERIAL, Effect
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY

if TYPE_CHECKING:
    from unstuck.analysis.run.status import TrainingStatus
    from unstuck.analysis.run.training import Training
    from unstuck.record.reader import Record

Array = np.ndarray[Any, Any]
WORST = -1.0
"""the score of a branch that diverged, crashed, or is worse than the constant answer by all of its loss"""
SIGMAS = 3.0
"""half width of the interval of a single pair, in standard errors of the two branches' own noise"""
LESS = 0.6
"""of what one doubling of the steps brings, that the next one does: of a loss that falls as steps^-0.7"""
FEWEST_LOSSES = 16
"""of half a branch, from which on it shows a trend"""
ENOUGH = 0.9
"""share of the reference loss from which there is nothing large to be had"""
BEYOND = 0.5
"""distance of a target from 0 to 1 from which on it is no probability"""
LEVEL = 0.05
"""probability that the interval misses the effect, shared among the candidates that were looked at again"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far a branch came."""

    learned: float
    """share of the reference loss taken away, between `WORST` and 1"""
    noise: float
    """its standard error, from the scatter of the last steps"""
    reference: float
    """the loss of the constant answer, or the beginning of the control"""
    verdict: Verdict
    steps: int
    doubling: float = 0.0
    """share that was learned as the steps last doubled"""
    objective: bool = True
    """whether a lower loss means that more was learned: not in adversarial or policy training, or as targets move"""
    comparable: bool = True
    """whether the loss of another branch may be held against its reference"""

    def projected(self, steps: int) -> float:
        """What it would come to after so many steps if it went on as it did.

        Most losses fall as a power of the steps: with every doubling by `LESS` of what the one before brought.
        """
        doublings = math.log2(steps / self.steps) if steps > self.steps > 0 else 0.0
        more = LESS * (1.0 - float(LESS**doublings)) / (1.0 - LESS)
        return min(1.0, self.learned + max(0.0, self.doubling) * more)


def score_of(
    record: Record, training: int | None = None, reference: float | None = None, steps: int | None = None
) -> Score | None:
    """The score of one training of a branch, by default the longest; None where nothing was trained.

    Args:
        record: of the branch.
        training: its number.
        reference: what the loss is held against where the record has no constant answer.
        steps: backward calls after which it is not looked at any more; by default none.
    """
    all_ = [one if steps is None else one.cut(steps) for one in trainings(record)]
    views = [TrainingView(record, one) for one in all_ if one.losses]
    if not views:
        return None
    chosen = [view for view in views if view.training.number == training]
    view = chosen[0] if chosen else max(views, key=lambda one: one.status.steps)
    score = _score(view.status, reference)
    if view.training.loss is not None and score.learned > WORST:
        # getting down to the constant answer is no trend
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
    """Whether the loss falls without end, or rests on no probabilities: scores into `nll_loss`, amounts as labels.

    How low it is says nothing of how well the network does; such a branch counts as one that learned nothing, so that
    the loss that should stand there is held against the constant answer alone.
    """
    for call in train_calls(training):
        function, target, rows = call["function"], call["target"], call.get("target_row_sum")
        off = call.get("log_normaliser")
        if function == "nll_loss" and off is not None and off > NORMALISED:
            return True
        beyond = target.get("min") is not None and (target["min"] < -BEYOND or target["max"] > 1 + BEYOND)
        if function in CROSS_ENTROPY_BINARY and beyond:
            return True
        if function == "cross_entropy" and rows is not None and (rows[1] > 1 + BEYOND or target["min"] < -BEYOND):
            return True
    return False


def _score(standing: TrainingStatus, reference: float | None) -> Score:
    begin = reference if reference and math.isfinite(reference) else standing.first
    held = standing.baseline.loss if standing.baseline is not None else begin
    bad = not math.isfinite(standing.last) or standing.first_nonfinite is not None
    if bad or not math.isfinite(held) or held <= 0:
        return Score(learned=WORST, noise=0.0, reference=held, verdict=Verdict.DIVERGED, steps=standing.steps)
    raw, noise = 1.0 - standing.last / held, SIGMAS * standing.noise / held
    low, learned, high = (min(1.0, max(WORST, one)) for one in (raw - noise, raw, raw + noise))
    return Score(
        learned=learned, noise=max(learned - low, high - learned) / SIGMAS, reference=held,
        verdict=standing.verdict, steps=standing.steps,
    )  # fmt: skip


def effect_of(
    pairs: Sequence[tuple[Score, Score]], floor: float = WORST, among: int = 1, material: float = MATERIAL
) -> Effect:
    """The effect over pairs of control and treatment that share start, data and random numbers.

    Args:
        pairs: one or more.
        floor: what the whole watched run reached; a branch that is shorter than the run must do better than that too,
            or a treatment that only hurries would pass for a repair. The controls of other seeds are taken to get as
            much further as that of the first would.
        among: how many candidates were looked at again with further seeds; the interval is widened for them
            (Bonferroni).
        material: the least gain that counts.
    """
    come_to = _come_to([control.learned for control, _ in pairs], floor)
    # what is worse than the constant answer has learned nothing: getting up to it is no gain
    gains = [t.learned - max(held, min(0.0, t.learned)) for held, (_, t) in zip(come_to, pairs, strict=True)]
    gain = statistics.fmean(gains)
    noise = SIGMAS * math.sqrt(sum(c.noise**2 + t.noise**2 for c, t in pairs)) / len(pairs)
    spread = 0.0
    if len(gains) > 1:
        spread = student(1 - LEVEL / 2 / among, len(gains) - 1) * statistics.stdev(gains) / math.sqrt(len(gains))
    half = max(noise, spread)
    return Effect(
        control=statistics.fmean(come_to),
        treated=statistics.fmean(treated.learned for _, treated in pairs),
        gain=gain, low=gain - half, high=gain + half, pairs=len(pairs), material=material,
        least=min(g - SIGMAS * math.hypot(c.noise, t.noise) for g, (c, t) in zip(gains, pairs, strict=True)),
    )  # fmt: skip


def _come_to(controls: Sequence[float], floor: float) -> list[float]:
    """What the controls would come to by the end of the run, of which the first is known."""
    first, *further = controls
    yet = max(0.0, floor - max(0.0, first))
    return [max(first, floor), *(min(1.0, max(0.0, one) + yet) if yet else one for one in further)]


def student(probability: float, degrees: int) -> float:
    """Quantile of Student's distribution with one, two or four degrees of freedom, where it has a closed form.

    Hill (1970), Algorithm 396, section "exact values"; Shaw (2006), "Sampling Student's T distribution", section 3.
    """
    if degrees == 1:
        return math.tan(math.pi * (probability - 0.5))
    if degrees == 2:
        centred = 2 * probability - 1
        return centred * math.sqrt(2 / (1 - centred**2))
    if degrees == 4:
        root = math.sqrt(4 * probability * (1 - probability))
        return math.copysign(2 * math.sqrt(math.cos(math.acos(root) / 3) / root - 1), probability - 0.5)
    raise ValueError(f"one, two or four degrees of freedom, and not {degrees}")
