"""ARC112: dropout so strong that training cannot fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.curves import evaluations, same_kind
from unstuck.analysis.run.decisive_trial import decisive_trial, share_learned, trial_evidence
from unstuck.analysis.run.dropout import Dropout, dropouts
from unstuck.analysis.run.shortfall import MUCH, much_left
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class ExcessiveDropout(Rule[TrainingView]):
    """Dropout sets so many values to zero that the network cannot fit its training data.

    ## What it measures

    The probability of every dropout that acts in training, the training loss, and the held-out loss, which is measured
    without dropout.

    ## Why it hurts

    What a layer passes on is mostly noise: at p = 0.9 a sum over a hundred units is a sum over ten random ones, times
    ten. The training loss stays high, and it looks like a network that is too small or badly fed.

    ## How it decides

    A dropout of 0.75 or more, half of the baseline loss is left at the end of training, and half of it is left on
    held-out data too, where it was evaluated. Strong dropout whose network fits without it is no fault.

    After experiments (`unstuck verify`) the rule also fires where the run has hardly learned, less dropout alone makes
    it learn in three pairs, and no other kind of change is as good.

    ## Example

    ```python
    nn.Dropout(0.9)   # p is the share that is dropped, not the share that is kept
    ```

    ## Remedies

    Begin without dropout. Add 0.1 to 0.5 when the network overfits.

    ## Known limits

    Several moderate dropouts in a row act like one strong one; this shows in an experiment only.

    ## References

    Srivastava and others: Dropout: a simple way to prevent neural networks from overfitting (2014), section 7.3: 0.4
    to 0.8 of the units kept are equally good, below 0.4 training underfits.
    """

    code: ClassVar[str] = "ARC112"
    name: ClassVar[str] = "excessive-dropout"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("ARC117", "ARC113")
    needs: ClassVar[tuple[str, ...]] = ("loss", "output")
    figures: ClassVar[tuple[str, ...]] = ("optimiser_settings.dropped", "experiment_effect.with_the_change")
    common_in_searches: ClassVar[bool] = True

    p: float = threshold(0.75, unit="share that is dropped", source="Srivastava and others 2014, figure 9")
    steps: float = threshold(50, unit="steps", source="with fewer, every loss is high")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """A strong dropout and a loss that stays high; or nothing but less dropout helps, as was tried."""
        try:
            findings = tuple(self._measured(view)) or tuple(self._tried(view))
        except TooLittle:
            findings = tuple(self._tried(view))
            if not findings:
                raise
        yield from findings

    def _measured(self, view: TrainingView) -> Iterator[Finding]:
        strong = [one for one in dropouts(view.training) if one.p >= self.p]
        if not strong or view.status.verdict is Verdict.DIVERGED:
            return
        needs_progress(view)
        if view.status.steps < self.steps:
            raise TooLittle(f"{self.steps:.0f} steps")
        if much_left(view.training) and not _fits_without(view):
            yield self._finding(view, strong)

    def _finding(self, view: TrainingView, strong: list[Dropout]) -> Finding:
        status = view.status
        return self.finding(
            f"{strong[0].what} sets {words.share(strong[0].p)} of the values to zero at every step"
            + (f" ({len(strong)} such layers)" if len(strong) > 1 else "")
            + f": the training loss goes from {status.first:.4g} to {status.last:.4g} only",
            view=view, place=strong[0].place, used_at=view.loss_place(), first_step=0,
            evidence=(
                Evidence(key="dropout", label="share that is dropped", value=strong[0].p, threshold=self.p,
                         unit="share"),
                Evidence(key="num_dropouts", label="dropouts as strong", value=float(len(strong))),
                Evidence(key="loss_at_end", label="loss at the end", value=status.last,
                         threshold=MUCH * status.reference),
            ),
            remedies=(_remedy(strong[0].p),),
        )  # fmt: skip

    def _tried(self, view: TrainingView) -> Iterator[Finding]:
        trial = decisive_trial(view, "no-dropout")
        found = dropouts(view.training)
        if trial is None or trial.shown is None or not found:
            return
        yield self.finding(
            f"without dropout (up to {found[0].p:g}), the loss ends {share_learned(trial.shown.treated)} below the "
            f"baseline loss ({share_learned(trial.shown.control)} with it); no other kind of change is as good",
            view=view, place=found[0].place, first_step=0, confidence=Confidence.VERIFIED,
            evidence=trial_evidence(trial, trial.shown), remedies=(_remedy(found[0].p),),
        )


def _fits_without(view: TrainingView) -> bool:
    """Whether a held-out loss, measured without dropout, is below half of what there is to lose."""
    loss = view.training.loss
    for evaluation in evaluations(view.training):
        finite = evaluation.y[np.isfinite(evaluation.y)]
        if loss is not None and len(finite) and same_kind(evaluation.function, loss.function):
            return float(finite.min()) < MUCH * view.status.reference
    return False


def _remedy(p: float) -> Remedy:
    return Remedy(
        name="no-dropout",
        text="Train without dropout first, and add 0.1 to 0.5 when the network overfits.",
        applicability=Applicability.TRIAL,
        code=f"nn.Dropout({min(0.5, 1 - p):.2g})",
    )
