"""OPT101: steps so short that the weights hardly move."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.curves import curve_of, line
from unstuck.analysis.run.status import MIN_STEPS, is_loaded
from unstuck.analysis.run.trials import RATES, learned, sole_cure, told
from unstuck.analysis.run.updates import RelativeUpdates, is_adaptive, momentum, rates, relative_updates_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class LearningRateTooLow(Rule[TrainingView]):
    """The weights end almost where they began, and the loss with them.

    ## What it measures

    The length of each update against the length of the weights, summed over all steps: the longest way that the
    weights can have gone, in lengths of their own. And how much of the loss is still left.

    ## Why it hurts

    The run is spent before learning has begun. The curve looks like one of a network that cannot learn, and the
    usual reaction, a larger network, changes nothing.

    ## How it decides

    Most of the loss is left (of the constant answer's where it is known), and one of three:

    - the whole way is below 0.05, by a rate below those that people use. With a usual rate it is the gradient
      that is missing, not the rate that is low;
    - the same with a way below 0.5, where the network is no better than the constant answer;
    - the way is below 1 by steps of less than about 0.001 in 200 steps or more, and the loss falls in the last
      third of the run at least 0.3 times as fast as in the first: a straight line, not a curve that levels off.

    After experiments (`unstuck verify`) also where none of these holds: the run has hardly learned, a higher rate
    alone makes it learn most of what there is in three pairs, and no other kind of change does as well.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-6)   # usual: 1e-3
    ```

    ## Remedies

    Multiply the rate by the factor given, which brings a typical step to about a thousandth of the weights (at
    most a thousandfold at once); a learning-rate range test finds the best.

    ## Known limits

    Weights that are not updated at all are LOP102 and OPT105. A network loaded from a file may want small steps:
    it is judged only where the constant answer is known.

    ## References

    Bengio: Practical recommendations for gradient-based training of deep architectures (2012), 3.1.1;
    Smith: Cyclical learning rates (2017), the range test.
    """

    code: ClassVar[str] = "OPT101"
    name: ClassVar[str] = "learning-rate-too-low"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("OPT106", "OPT107", "OPT108", "LOP103")
    needs: ClassVar[tuple[str, ...]] = ("loss", "update", "weight")
    figures: ClassVar[tuple[str, ...]] = ("movement.too_short", "tried.with_the_change",)
    common_in_searches: ClassVar[bool] = True

    asleep: float = threshold(0.05, unit="lengths of the weights", source="docs/log.md: healthy runs 0.4 to 250")
    slow: float = threshold(1.0, unit="lengths of the weights", source="docs/log.md")
    step: float = threshold(0.0012, unit="|update| / |weight|", source="docs/log.md")
    steps: int = threshold(200, unit="steps", source="fewer are too few, not too short")
    left: float = threshold(0.5, unit="share of the loss to be taken away", source="half of the way is no sleep")
    pace: float = threshold(0.3, unit="fall in the last third / fall in the first", source="a straight line has 1")
    usual: float = threshold(0.01, unit="rate / (1 - momentum)", source="plain SGD is used with 0.01 to 1")
    usual_adaptive: float = threshold(5e-4, unit="learning rate", source="Adam is used with 1e-4 to 1e-2")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Little way and much loss left; or nothing but a higher rate helps, as an experiment has shown."""
        found = tuple(self._measured(view))
        yield from found or self._tried(view)

    def _measured(self, view: TrainingView) -> Iterator[Finding]:
        moved = relative_updates_of(view.training)
        s = view.status
        if moved is None or s.steps < MIN_STEPS or s.verdict is Verdict.DIVERGED or not s.objective:
            return
        moved = moved.before(math.inf)
        if not len(moved.ratio) or moved.typical <= 0 or not self._much_left(view):
            return
        used = rates(view.training)
        rate = float(np.median(used)) if len(used) else math.nan
        if self._slow(view, moved) or (not self._is_usual(view, rate) and self._asleep(view, moved)):
            yield self._found(view, moved, rate)

    def _tried(self, view: TrainingView) -> Iterator[Finding]:
        cure = sole_cure(view, "learning-rate", kin=RATES)
        factor = float(cure.settings.get("factor", 0.0)) if cure is not None else 0.0
        if cure is None or cure.shown is None or factor <= 1:
            return
        used = rates(view.training)
        rate = float(np.median(used)) if len(used) else math.nan
        yield self.finding(
            f"at a rate {factor:g} times as high the network takes {learned(cure.shown.treated)} of the constant "
            f"answer's loss away, otherwise {learned(cure.shown.control)}, and no other kind of change does as well",
            view=view, place=view.optimizer_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=(*told(cure), Evidence(label="factor by which to raise it", value=factor)),
            remedies=(_raised(factor, rate),),
        )

    def _is_usual(self, view: TrainingView, rate: float) -> bool:
        """A rate that people use: where it moves nothing, it is the gradient that is missing."""
        if is_adaptive(view.training):
            return rate >= self.usual_adaptive
        return rate / max(1e-3, 1 - momentum(view.training)) >= self.usual

    def _asleep(self, view: TrainingView, moved: RelativeUpdates) -> bool:
        if moved.path < self.asleep:
            return True
        stuck = view.status.verdict is Verdict.STUCK and moved.steps >= self.steps
        return stuck and moved.path < self.slow / 2 and moved.typical < self.step

    def _much_left(self, view: TrainingView) -> bool:
        s = view.status
        if s.explained is not None:
            return s.explained < self.left
        if is_loaded(view.training):
            return False
        return s.first - s.last < (1 - self.left) * abs(s.first)

    def _slow(self, view: TrainingView, moved: RelativeUpdates) -> bool:
        loss = view.training.loss
        if moved.path >= self.slow or moved.typical >= self.step or moved.steps < self.steps or loss is None:
            return False
        curve = curve_of(view.training, loss)
        third = max(4, len(curve.y) // 3)
        early, late = (line(curve.x[part], curve.y[part]) for part in (slice(third), slice(-third, None)))
        if not (math.isfinite(early.change) and math.isfinite(late.change)):
            return False
        return late.change < -3 * late.error and late.change < self.pace * min(0.0, early.change)

    def _found(self, view: TrainingView, moved: RelativeUpdates, rate: float) -> Finding:
        s = view.status
        factor = min(1000.0, 10.0 ** max(1, round(math.log10(0.003 / moved.typical))))
        at = f" at a rate of {rate:.3g}" if math.isfinite(rate) else ""
        return self.finding(
            f"a step changes the weights by {moved.typical:.1e} of their length{at}: all {moved.steps} steps together "
            f"by {moved.path:.2g}, and the loss goes from {s.first:.4g} to {s.last:.4g}",
            view=view, place=view.optimizer_place() if math.isfinite(rate) else view.loss_place(), first_step=0,
            evidence=(
                Evidence(label="way of the weights in the whole run", value=moved.path,
                         threshold=self.asleep if moved.path < self.asleep else self.slow,
                         unit="lengths of the weights"),
                Evidence(label="typical step", value=moved.typical, threshold=self.step,
                         unit="|update| / |weight|"),
                Evidence(label="learning rate", value=rate),
                Evidence(label="factor by which to raise it", value=factor),
                Evidence(label="loss at the end", value=s.last, threshold=self.left * s.reference),
            ),
            remedies=(_raised(factor, rate),),
        )  # fmt: skip


def _raised(factor: float, rate: float) -> Remedy:
    return Remedy(
        name="raise-learning-rate",
        text=f"Multiply the learning rate by {factor:.0f}, then look for the best with a range test.",
        applicability=Applicability.TRIAL,
        code=f"lr={rate * factor:.2g}" if math.isfinite(rate) else f"step = {factor:.0f} * step",
    )
