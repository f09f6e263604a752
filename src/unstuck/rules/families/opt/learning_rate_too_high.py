"""OPT102: updates so large that they destroy what the network has learned."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.run.curves import curve_of, level
from unstuck.analysis.run.decisive_trial import STEP_LENGTH_CHANGES, decisive_trial, share_learned, trial_evidence
from unstuck.analysis.run.learning_rates import LearningRate, learning_rates
from unstuck.analysis.run.optimum import is_at_optimum
from unstuck.analysis.run.updates import RelativeUpdates, is_adaptive, momentum, rates, relative_updates_of
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.probe_rates import too_high
from unstuck.rules.rule import Rule, TooLittle, threshold

MAX_FACTOR = 1000.0
"""the largest factor that is advised at once: updates after a divergence do not show which rate is right"""


@dataclass(frozen=True)
class LearningRateTooHigh(Rule[TrainingView | ProbeView]):
    """Updates are so large that the loss cannot follow them.

    ## What it measures

    The relative update |update| / |weight| of each step, layer by layer (the median over the weight matrices counts),
    and how the loss changed.

    ## Why it hurts

    A gradient gives the slope at the present weights only. An update as large as the weights ends where that slope
    no longer holds: the loss diverges, units die, or the output collapses to a constant.

    ## How it decides

    Two things together. *Harm*: the loss diverged; or the network is no better than the best constant prediction (or
    than at its own start), or by less than 0.3 of the baseline loss; or it has lost more than half of what it had
    gained. *Measurement*: the relative updates of the first three steps add up to more than 1, or the typical one is
    above 0.3; or, where the loss also jumped above its start or diverged, a single one is above 0.1. A network that
    is a little better than the best constant prediction must show the jump as well. Healthy relative updates are
    0.001 to 0.1.

    Where the learning rate is a usual one, something else makes the gradients large, and the finding is only
    *suspected*. NaN that comes with usual updates is not reported here. After experiments (`unstuck verify`) the rule
    also fires without such a measurement: the run has hardly learned, a lower learning rate alone makes it learn in
    three pairs, and no other kind of change is as good. In a preflight it fires where a short training at this rate
    ends no lower than it began, and one at a third of it or less does.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0)   # usual: 1e-3
    ```

    ## Remedies

    Divide the learning rate by the factor given. It brings a typical relative update to about 0.01.

    ## Known limits

    A short harm from which the network recovers is not reported. Where only one layer has large updates, the median
    does not show it. In a script that tries several learning rates, a failed try among good ones is a note.

    ## References

    Bengio: Practical recommendations for gradient-based training of deep architectures (2012), 3.1.1;
    Karpathy: CS231n notes, "ratio of weights:updates" (about 1e-3).
    """

    code: ClassVar[str] = "OPT102"
    name: ClassVar[str] = "learning-rate-too-high"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = ("LOS110", "SCL101", "SCL102", "LOP101", "SPL103")
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, ProbeView)
    needs: ClassVar[tuple[str, ...]] = ("loss", "update", "weight", "learning_rates")
    figures: ClassVar[tuple[str, ...]] = (
        "relative_updates.too_large", "experiment_effect.with_the_change", "probe_loss.rates",
    )  # fmt: skip
    common_in_searches: ClassVar[bool] = True

    first_steps: float = threshold(
        1.0, unit="total relative update of the first 3 sampled steps", source="docs/log.md"
    )
    typical: float = threshold(0.3, unit="|update| / |weight|", source="docs/log.md: healthy runs 0.0002 to 0.19")
    single: float = threshold(0.1, unit="|update| / |weight|", source="docs/log.md; only where the loss also jumped")
    jump: float = threshold(1.5, unit="times the first loss", source="docs/log.md")
    left: float = threshold(0.3, unit="share of the baseline loss removed", source="docs/log.md")
    usual: float = threshold(0.1, unit="rate / (1 - momentum)", source="plain SGD is used with 0.01 to 1")
    usual_adaptive: float = threshold(0.01, unit="learning rate", source="Adam is used with 1e-4 to 1e-2")
    healthy: float = threshold(0.01, unit="|update| / |weight|", source="middle of the healthy runs, docs/log.md")

    def check(self, view: TrainingView | ProbeView) -> Iterator[Finding]:
        """Harm and measurement, both; or nothing but a lower rate helps, as an experiment has shown."""
        if isinstance(view, ProbeView):
            yield from too_high(self, view)
            return
        try:
            findings = tuple(self._measured(view)) or tuple(self._tried(view))
        except TooLittle:
            findings = tuple(self._tried(view))
            if not findings:
                raise
        yield from findings

    def _measured(self, view: TrainingView) -> Iterator[Finding]:
        harm = self._harm(view)
        if harm is None:
            return
        updates = relative_updates_of(view.training)
        if updates is None:
            raise TooLittle("updates of a weight matrix, other than zero")
        status = view.status
        updates = updates.before(status.first_nonfinite if status.first_nonfinite is not None else math.inf)
        if not len(updates.ratio):
            raise TooLittle("a sampled step with finite updates")
        largest = float(updates.ratio.max())
        far = updates.total_of_first_steps > self.first_steps or updates.typical > self.typical
        poor = status.verdict in (Verdict.LEARNING, Verdict.LEARNED) and not self._relapsed(view)
        if poor and not (far and self._jumps(view)):
            return  # weak signal and small first weights look the same until here
        if not far and not (largest > self.single and self._jumps(view)):
            return
        yield self._finding(view, updates, harm, largest)

    def _tried(self, view: TrainingView) -> Iterator[Finding]:
        trial = decisive_trial(view, "learning-rate", related=STEP_LENGTH_CHANGES)
        factor = float(trial.settings.get("factor", 0.0)) if trial is not None else 0.0
        if trial is None or trial.shown is None or not 0 < factor < 1:
            return
        yield self.finding(
            f"with a learning rate {1 / factor:.3g} times as low, the loss ends {share_learned(trial.shown.treated)} "
            f"below the baseline loss ({share_learned(trial.shown.control)} without the change); no other kind of "
            "change is as good",
            view=view, place=view.optimizer_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=(*trial_evidence(trial, trial.shown), _factor(1 / factor)),
            remedies=(_lowered(1 / factor, _highest(view)),),
        )

    def _harm(self, view: TrainingView) -> str | None:
        """What went wrong with the loss, in words; None where nothing did."""
        status = view.status
        if status.verdict is Verdict.DIVERGED:
            return "the loss diverged"
        if is_at_optimum(view.training):
            return None
        if status.verdict is Verdict.STUCK:
            return f"the loss ends at {status.last:.4g}"
        if status.verdict is Verdict.TOO_SHORT:
            raise TooLittle("a run long enough to show whether the network learns")
        if self._relapsed(view):
            return f"the loss rose again to {status.last:.4g} after {status.best:.4g}"
        little = status.objective and status.explained is not None and status.explained < self.left
        if little and not _searches_step_length(view):
            return f"the loss stays at {status.last:.4g}"
        return None

    def _relapsed(self, view: TrainingView) -> bool:
        status = view.status
        gained = min(status.first, status.reference) - status.best
        lost = status.last - status.best
        return status.objective and status.steps > 0 and lost > max(0.5 * gained, 5 * status.noise) > 0

    def _jumps(self, view: TrainingView) -> bool:
        status = view.status
        if status.verdict is Verdict.DIVERGED:
            return True
        loss = view.training.loss
        if loss is None:
            return False
        values = curve_of(view.training, loss).y
        values = values[np.isfinite(values)]
        early = level(values[1 : max(4, len(values) // 10)])
        first = float(values[0]) if len(values) else math.nan
        bar = self.jump * max(abs(first), abs(status.reference))
        return float(values[1:].max(initial=-math.inf)) > bar + 3 * early.scatter

    def _finding(self, view: TrainingView, updates: RelativeUpdates, harm: str, largest: float) -> Finding:
        rate = _highest(view)
        highest = float(np.max(rates(view.training), initial=-math.inf))
        size = max(updates.typical, largest / 3)
        factor = min(MAX_FACTOR, 10.0 ** math.ceil(math.log10(max(10.0, size / self.healthy)) - 0.5))
        most = self.usual_adaptive if is_adaptive(view.training) else self.usual
        usual = highest / max(1e-3, 1 - momentum(view.training)) <= most
        kind = "usual learning rate" if usual else "learning rate"
        where = f" at a {kind} of {rate.words}" if rate is not None else ""
        layer = f" (largest in `{updates.layer}`)" if updates.layer else ""
        at = int(updates.step[int(np.argmax(updates.ratio))])
        return self.finding(
            f"updates are up to {largest:.2g} × the weight norm{where}{layer}, and {harm}",
            view=view, place=view.optimizer_place() if rate is not None else view.loss_place(), first_step=at,
            confidence=Confidence.SUSPECTED if usual else Confidence.MEASURED,
            evidence=(
                Evidence(
                    key="largest_relative_update", label="largest relative update, median over layers",
                    value=largest, threshold=self.single, unit="|update| / |weight|",
                ),
                Evidence(
                    key="relative_update_of_first_steps", label="total relative update of the first 3 sampled steps",
                    value=updates.total_of_first_steps, threshold=self.first_steps, unit="|update| / |weight|",
                ),
                Evidence(
                    key="relative_update", label="relative update of a step, median", value=updates.typical,
                    threshold=self.typical, unit="|update| / |weight|",
                ),
                Evidence(
                    key="learning_rate", label="learning rate as written",
                    value=rate.written if rate is not None else math.nan,
                ),
                _factor(factor),
                Evidence(
                    key="loss_at_end", label="loss at the end", value=view.status.last,
                    threshold=view.status.reference,
                ),
            ),
            remedies=(_lowered(factor, rate),),
        )


def _factor(factor: float) -> Evidence:
    return Evidence(key="rate_factor", label="factor to divide the learning rate by", value=factor)


def _highest(view: TrainingView) -> LearningRate | None:
    """The highest rate of any optimiser."""
    return max(learning_rates(view.training), key=lambda rate: rate.high, default=None)


def _lowered(factor: float, rate: LearningRate | None) -> Remedy:
    return Remedy(
        name="lower-learning-rate",
        text=f"Divide the learning rate by {factor:.0f}: an update should be about 0.01 × the weight norm.",
        applicability=Applicability.TRIAL,
        code=f"lr={rate.written / factor:.2g}" if rate is not None else f"step = step / {factor:.0f}",
    )


def _searches_step_length(view: TrainingView) -> bool:
    """Whether an optimiser chooses the length of its steps itself: LBFGS, which begins with long ones."""
    return any(optimizer.class_name == "LBFGS" for optimizer in view.training.optimizers)
