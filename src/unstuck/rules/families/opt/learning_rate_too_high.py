"""OPT102: steps so long that they destroy what the network has learned."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.curves import curve_of, level
from unstuck.analysis.run.trials import RATES, learned, sole_cure, told
from unstuck.analysis.run.updates import RelativeUpdates, is_adaptive, momentum, rates, relative_updates_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, threshold

MOST = 1000.0
"""the largest factor that is advised at once: ratios after an explosion say nothing of the rate that is right"""

READABLE = 10.0
"""lengths of the weights up to which a step is told as per cent"""


@dataclass(frozen=True)
class LearningRateTooHigh(Rule[TrainingView]):
    """Each step throws the weights further than the loss can follow.

    ## What it measures

    The length of each update against the length of the weights that it changes, layer by layer (the median over
    the weight matrices counts), and what became of the loss.

    ## Why it hurts

    A gradient tells the slope where the weights are. A step as long as the weights themselves lands where that
    slope means nothing: the loss explodes, units die, or the output collapses to a constant and stays there.

    ## How it decides

    Two things together. *Harm*: the loss diverged; or the network is no better than the constant answer (or than
    its own beginning), or by less than 0.3 of it; or it has lost more than half of what it had once gained.
    *Measurement*: the first three steps together moved the weights by more than their own length, or the typical
    step moves them by more than 0.3; or, where the loss also jumped above its beginning or diverged, a single
    step by more than 0.1. A network that is a little better than the constant answer must show the jump as well.
    Healthy steps move weights by 0.001 to 0.1.

    Where the rate itself is an ordinary one, something else makes the gradients large, and the finding is
    *suspected* only. NaN that comes with ordinary updates is not this rule's. After experiments (`unstuck verify`) it
    decides also where there was no such measurement: the run has hardly learned, a lower rate alone makes it learn in
    three pairs, and no other kind of change does as well.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0)   # usual: 1e-3
    ```

    ## Remedies

    Divide the rate by the factor that brings a typical step to about a hundredth of the weights.

    ## Known limits

    Short harm that heals by itself is left alone. Where one layer alone is thrown about and most are not, the
    median does not show it. In a script that tries several rates, a failed try among good ones is told as a note.

    ## References

    Bengio: Practical recommendations for gradient-based training of deep architectures (2012), 3.1.1;
    Karpathy: CS231n notes, "ratio of weights:updates" (about 1e-3).
    """

    code: ClassVar[str] = "OPT102"
    name: ClassVar[str] = "learning-rate-too-high"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = ("LOS110", "SCL101", "SCL102", "LOP101")
    needs: ClassVar[tuple[str, ...]] = ("loss", "update", "weight")
    figures: ClassVar[tuple[str, ...]] = ("movement.too_long", "tried.with_the_change",)
    common_in_searches: ClassVar[bool] = True

    opening: float = threshold(1.0, unit="lengths of the weights in the first 3 sampled steps", source="docs/log.md")
    typical: float = threshold(0.3, unit="|update| / |weight|", source="docs/log.md: healthy runs 0.0002 to 0.19")
    single: float = threshold(0.1, unit="|update| / |weight|", source="docs/log.md; needs a loss that jumped")
    jump: float = threshold(1.5, unit="times the first loss", source="docs/log.md")
    left: float = threshold(0.3, unit="share of the constant answer's loss taken away", source="docs/log.md")
    usual: float = threshold(0.1, unit="rate / (1 - momentum)", source="plain SGD is used with 0.01 to 1")
    usual_adaptive: float = threshold(0.01, unit="learning rate", source="Adam is used with 1e-4 to 1e-2")
    healthy: float = threshold(0.01, unit="|update| / |weight|", source="middle of the healthy runs, docs/log.md")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Harm and measurement, both; or nothing but a lower rate helps, as an experiment has shown."""
        found = tuple(self._measured(view))
        yield from found or self._tried(view)

    def _measured(self, view: TrainingView) -> Iterator[Finding]:
        moved = relative_updates_of(view.training)
        harm = self._harm(view)
        if moved is None or harm is None:
            return
        s = view.status
        moved = moved.before(s.first_nonfinite if s.first_nonfinite is not None else math.inf)
        if not len(moved.ratio):
            return
        largest = float(moved.ratio.max())
        far = moved.opening > self.opening or moved.typical > self.typical
        poor = s.verdict in (Verdict.LEARNING, Verdict.LEARNED) and not self._relapsed(view)
        if poor and not (far and self._jumps(view)):
            return  # weak signal and small first weights look the same until here
        if not far and not (largest > self.single and self._jumps(view)):
            return
        yield self._found(view, moved, harm, largest)

    def _tried(self, view: TrainingView) -> Iterator[Finding]:
        cure = sole_cure(view, "learning-rate", kin=RATES)
        factor = float(cure.settings.get("factor", 0.0)) if cure is not None else 0.0
        if cure is None or cure.shown is None or not 0 < factor < 1:
            return
        used = rates(view.training)
        rate = float(np.max(used)) if len(used) else math.nan
        yield self.finding(
            f"at a rate {1 / factor:.3g} times as low the network takes {learned(cure.shown.treated)} of the constant "
            f"answer's loss away, otherwise {learned(cure.shown.control)}, and no other kind of change does as well",
            view=view, place=view.optimizer_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=(*told(cure), Evidence(label="factor by which to lower it", value=1 / factor)),
            remedies=(_lowered(1 / factor, rate),),
        )

    def _harm(self, view: TrainingView) -> str | None:
        s = view.status
        if s.verdict is Verdict.DIVERGED:
            return "the loss diverged"
        if s.verdict is Verdict.STUCK:
            return f"the loss ends at {s.last:.4g}"
        if s.verdict is Verdict.TOO_SHORT:
            return None
        if self._relapsed(view):
            return f"the loss is back at {s.last:.4g} after {s.best:.4g}"
        if s.explained is not None and s.explained < self.left and not _searches_line(view):
            return f"the loss is left at {s.last:.4g}"
        return None

    def _relapsed(self, view: TrainingView) -> bool:
        s = view.status
        start = min(s.first, s.reference)
        return s.objective and s.steps > 0 and s.last - s.best > max(0.5 * (start - s.best), 5 * s.noise) > 0

    def _jumps(self, view: TrainingView) -> bool:
        s = view.status
        if s.verdict is Verdict.DIVERGED:
            return True
        loss = view.training.loss
        if loss is None:
            return False
        values = curve_of(view.training, loss).y
        values = values[np.isfinite(values)]
        early = level(values[1 : max(4, len(values) // 10)])
        first = float(values[0]) if len(values) else math.nan
        bar = self.jump * max(abs(first), abs(s.reference))
        return float(values[1:].max(initial=-math.inf)) > bar + 3 * early.scatter

    def _found(self, view: TrainingView, moved: RelativeUpdates, harm: str, largest: float) -> Finding:
        used = rates(view.training)
        rate = float(np.max(used)) if len(used) else math.nan
        size = max(moved.typical, largest / 3)
        factor = min(MOST, 10.0 ** math.ceil(math.log10(max(10.0, size / self.healthy)) - 0.5))
        most = self.usual_adaptive if is_adaptive(view.training) else self.usual
        usual = rate / max(1e-3, 1 - momentum(view.training)) <= most
        kind = "an ordinary rate" if usual else "a rate"
        where = f" at {kind} of {rate:.3g}" if math.isfinite(rate) else ""
        layer = f", most in {moved.layer}" if moved.layer else ""
        at = int(moved.step[int(np.argmax(moved.ratio))])
        return self.finding(
            f"a step changes the weights by {_lengths(largest)}{where}{layer}, and {harm}",
            view=view, place=view.optimizer_place() if len(used) else view.loss_place(), first_step=at,
            confidence=Confidence.SUSPECTED if usual else Confidence.MEASURED,
            evidence=(
                Evidence(label="largest step, median over layers", value=largest, threshold=self.single,
                         unit="|update| / |weight|"),
                Evidence(label="way of the first sampled steps", value=moved.opening, threshold=self.opening,
                         unit="lengths of the weights"),
                Evidence(label="typical step", value=moved.typical, threshold=self.typical,
                         unit="|update| / |weight|"),
                Evidence(label="learning rate", value=rate),
                Evidence(label="factor by which to lower it", value=factor),
                Evidence(label="loss at the end", value=view.status.last, threshold=view.status.reference),
            ),
            remedies=(_lowered(factor, rate),),
        )  # fmt: skip


def _lengths(ratio: float) -> str:
    """Of their own: as per cent while that can be read."""
    return f"{words.share(ratio)} of their length" if ratio < READABLE else f"{ratio:.3g} times their length"


def _lowered(factor: float, rate: float) -> Remedy:
    return Remedy(
        name="lower-learning-rate",
        text=f"Divide the learning rate by {factor:.0f}: a step should change weights by about 1 %.",
        applicability=Applicability.TRIAL,
        code=f"lr={rate / factor:.2g}" if math.isfinite(rate) else f"step = step / {factor:.0f}",
    )


def _searches_line(view: TrainingView) -> bool:
    """LBFGS chooses the length of its steps itself, and begins with long ones."""
    return any(event.get("class") == "LBFGS" for event in view.training.optimizers)
