"""OPT101: updates so small that the weights hardly change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.run.curves import curve_of, line
from unstuck.analysis.run.decisive_trial import STEP_LENGTH_CHANGES, decisive_trial, share_learned, trial_evidence
from unstuck.analysis.run.learning_rates import LearningRate, learning_rates
from unstuck.analysis.run.optimum import is_at_optimum
from unstuck.analysis.run.status import MIN_STEPS, is_loaded
from unstuck.analysis.run.updates import RelativeUpdates, is_adaptive, momentum, rates, relative_updates_of
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.probe_rates import too_low
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class LearningRateTooLow(Rule[TrainingView | ProbeView]):
    """The weights end almost where they began, and so does the loss.

    ## What it measures

    The relative update |update| / |weight| of each step, and its sum over all steps: an upper bound on how far the
    weights moved, relative to their norm. It also measures how much of the loss is left.

    ## Why it hurts

    The run ends before the network begins to learn. The curve looks like that of a network that cannot learn, and
    the usual reaction, a larger network, does not help.

    ## How it decides

    Most of the loss is left (of the baseline loss where it is known), and one of three holds:

    - the total relative update is below 0.05, with a learning rate below the usual ones. With a usual learning rate
      the gradient is too small, not the rate;
    - the same with a total below 0.5, where the network is no better than the best constant prediction;
    - the total is below 1 after 200 steps or more, with relative updates below about 0.001, and the loss falls in the
      last third of the run at least 0.3 times as fast as in the first: a straight line, not a curve that levels off.

    After experiments (`unstuck verify`) the rule also fires where none of these holds: the run has hardly learned, a
    higher learning rate alone makes it learn in three pairs, and no other kind of change is as good. In a preflight it
    fires where a short training at this rate hardly lowers the loss, and one at a rate a hundred times as high does.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-6)   # usual: 1e-3
    ```

    ## Remedies

    Multiply the learning rate by the factor given. It brings a typical relative update to about 0.003 (the factor is
    at most 1000). A learning-rate range test finds the best rate.

    ## Known limits

    Weights that are not updated at all are reported by LOP102 and OPT105. A network with loaded weights may need
    small updates: it is judged only where the baseline loss is known.

    ## References

    Bengio: Practical recommendations for gradient-based training of deep architectures (2012), 3.1.1;
    Smith: Cyclical learning rates (2017), the range test.
    """

    code: ClassVar[str] = "OPT101"
    name: ClassVar[str] = "learning-rate-too-low"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("OPT106", "OPT107", "OPT108", "LOP103", "NUM102")
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, ProbeView)
    needs: ClassVar[tuple[str, ...]] = ("loss", "update", "weight", "learning_rates")
    figures: ClassVar[tuple[str, ...]] = (
        "relative_updates.too_small", "experiment_effect.with_the_change", "probe_loss.rates",
    )  # fmt: skip
    common_in_searches: ClassVar[bool] = True

    no_change: float = threshold(
        0.05, unit="total relative update", source="docs/log.md: healthy runs have 0.4 to 250"
    )
    little_change: float = threshold(1.0, unit="total relative update", source="docs/log.md")
    step: float = threshold(0.0012, unit="|update| / |weight|", source="docs/log.md")
    steps: int = threshold(200, unit="steps", source="with fewer, the run is too short")
    left: float = threshold(0.5, unit="share of the loss", source="a run that removed half of it learns")
    pace: float = threshold(0.3, unit="fall in the last third / fall in the first", source="a straight line has 1")
    usual: float = threshold(0.01, unit="rate / (1 - momentum)", source="plain SGD is used with 0.01 to 1")
    usual_adaptive: float = threshold(5e-4, unit="learning rate", source="Adam is used with 1e-4 to 1e-2")

    def check(self, view: TrainingView | ProbeView) -> Iterator[Finding]:
        """Small updates and much loss left; or nothing but a higher rate helps, as an experiment has shown."""
        if isinstance(view, ProbeView):
            yield from too_low(self, view)
            return
        try:
            findings = tuple(self._measured(view)) or tuple(self._tried(view))
        except TooLittle:
            findings = tuple(self._tried(view))
            if not findings:
                raise
        yield from findings

    def _measured(self, view: TrainingView) -> Iterator[Finding]:
        updates = relative_updates_of(view.training)
        status = view.status
        if status.verdict is Verdict.DIVERGED:
            return
        if status.steps < MIN_STEPS:
            raise TooLittle(f"{MIN_STEPS} backward calls")
        needs_progress(view)
        if updates is None or not len(updates.before(math.inf).ratio):
            raise TooLittle("finite updates of a weight matrix, other than zero")
        updates = updates.before(math.inf)
        if updates.typical <= 0 or not self._much_left(view) or is_at_optimum(view.training):
            return
        used = rates(view.training)
        rate = float(np.median(used)) if len(used) else math.nan
        if self._slow(view, updates) or (not self._is_usual(view, rate) and self._unchanged(view, updates)):
            yield self._finding(view, updates)

    def _tried(self, view: TrainingView) -> Iterator[Finding]:
        trial = decisive_trial(view, "learning-rate", related=STEP_LENGTH_CHANGES)
        factor = float(trial.settings.get("factor", 0.0)) if trial is not None else 0.0
        if trial is None or trial.shown is None or factor <= 1:
            return
        yield self.finding(
            f"with a learning rate {factor:g} times as high, the loss ends {share_learned(trial.shown.treated)} below "
            f"the baseline loss ({share_learned(trial.shown.control)} without the change); no other kind of change is "
            "as good",
            view=view, place=view.optimizer_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=(*trial_evidence(trial, trial.shown), _factor(factor)),
            remedies=(_raised(factor, _lowest(view)),),
        )

    def _is_usual(self, view: TrainingView, rate: float) -> bool:
        """Whether the rate is one that is usual: where such a rate changes nothing, the gradient is too small."""
        if is_adaptive(view.training):
            return rate >= self.usual_adaptive
        return rate / max(1e-3, 1 - momentum(view.training)) >= self.usual

    def _unchanged(self, view: TrainingView, updates: RelativeUpdates) -> bool:
        if updates.total < self.no_change:
            return True
        stuck = view.status.verdict is Verdict.STUCK and updates.steps >= self.steps
        return stuck and updates.total < self.little_change / 2 and updates.typical < self.step

    def _much_left(self, view: TrainingView) -> bool:
        status = view.status
        if status.explained is not None:
            return status.explained < self.left
        if is_loaded(view.training):
            raise TooLittle("the baseline loss of a network with loaded weights")
        return status.first - status.last < (1 - self.left) * abs(status.first)

    def _slow(self, view: TrainingView, updates: RelativeUpdates) -> bool:
        loss = view.training.loss
        if loss is None or updates.steps < self.steps:
            return False
        if updates.total >= self.little_change or updates.typical >= self.step:
            return False
        curve = curve_of(view.training, loss)
        third = max(4, len(curve.y) // 3)
        early, late = (line(curve.x[part], curve.y[part]) for part in (slice(third), slice(-third, None)))
        if not (math.isfinite(early.change) and math.isfinite(late.change)):
            return False
        return late.change < -3 * late.error and late.change < self.pace * min(0.0, early.change)

    def _finding(self, view: TrainingView, updates: RelativeUpdates) -> Finding:
        status = view.status
        factor = min(1000.0, 10.0 ** max(1, round(math.log10(0.003 / updates.typical))))
        rate = _lowest(view)
        at = f" at a learning rate of {rate.words}" if rate is not None else ""
        return self.finding(
            f"updates are {updates.typical:.1e} × the weight norm{at}, all {updates.steps} steps together "
            f"{updates.total:.2g} ×, and the loss goes from {status.first:.4g} to {status.last:.4g}",
            view=view, place=view.optimizer_place() if rate is not None else view.loss_place(), first_step=0,
            evidence=(
                Evidence(
                    key="total_relative_update", label="total relative update of the whole run", value=updates.total,
                    threshold=self.no_change if updates.total < self.no_change else self.little_change,
                    unit="|update| / |weight|",
                ),
                Evidence(
                    key="relative_update", label="relative update of a step, median", value=updates.typical,
                    threshold=self.step, unit="|update| / |weight|",
                ),
                Evidence(key="learning_rate", label="learning rate as written", value=_written(rate)),
                _factor(factor),
                Evidence(
                    key="loss_at_end", label="loss at the end", value=status.last,
                    threshold=self.left * status.reference,
                ),
            ),
            remedies=(_raised(factor, rate),),
        )


def _factor(factor: float) -> Evidence:
    return Evidence(key="rate_factor", label="factor to multiply the learning rate by", value=factor)


def _lowest(view: TrainingView) -> LearningRate | None:
    """The lowest rate of any optimiser."""
    return min(learning_rates(view.training), key=lambda rate: rate.high, default=None)


def _written(rate: LearningRate | None) -> float:
    return rate.written if rate is not None else math.nan


def _raised(factor: float, rate: LearningRate | None) -> Remedy:
    return Remedy(
        name="raise-learning-rate",
        text=f"Multiply the learning rate by {factor:.0f}, then find the best one with a learning-rate range test.",
        applicability=Applicability.TRIAL,
        code=f"lr={rate.written * factor:.2g}" if rate is not None else f"step = {factor:.0f} * step",
    )
