"""OPT107: weight decay so strong that the weights shrink towards zero and the network cannot fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.decisive_trial import decisive_trial, share_learned, trial_evidence
from unstuck.analysis.run.shortfall import much_left
from unstuck.analysis.run.updates import is_adaptive
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.run.weight_decay import Decay, decay_of
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class ExcessiveWeightDecay(Rule[TrainingView]):
    """The weight decay is far above usual values, it shrinks the weights, and half of the loss is left.

    ## What it measures

    The weight decay of the optimiser, the norms of the weight matrices at the first and the last sampled step, and the
    pull of the decay beside that of the gradient: decay × |weight| / |gradient|.

    ## Why it hurts

    The optimiser minimises the sum of the loss and the penalty. Where the penalty is the larger one, the best network
    is the one with weights near zero: its outputs are constant, and no learning rate helps.

    ## How it decides

    The decay is above 0.02 (above 0.03 for Adam and its kin, above 0.5 where it is decoupled as in AdamW), the weights
    have lost half of their norm, and half of the baseline loss is left at the end. Where the weights keep their norm,
    decay and gradient are in balance, as on noisy labels. A network of one layer is not judged: there decay is ridge
    regression.

    After experiments (`unstuck verify`) the rule also fires where the run has hardly learned, less weight decay alone
    makes it learn in three pairs, and no other kind of change is as good.

    ## Example

    ```python
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.5)   # usual: 1e-4 to 5e-3
    ```

    ## Remedies

    Divide the weight decay by the factor given, or leave it out first, and add it when the network overfits.

    ## Known limits

    A penalty that is written into the loss is not seen. Where the labels cannot be predicted, weights shrink rightly.

    ## References

    Krogh and Hertz: A simple weight decay can improve generalization (1992); Loshchilov and Hutter: Decoupled weight
    decay regularization (2019).
    """

    code: ClassVar[str] = "OPT107"
    name: ClassVar[str] = "excessive-weight-decay"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer", "weight")
    figures: ClassVar[tuple[str, ...]] = ("optimiser_settings.weights", "experiment_effect.with_the_change")
    common_in_searches: ClassVar[bool] = True

    usual: float = threshold(0.02, unit="weight decay", source="SGD is used with 1e-5 to 1e-2")
    usual_adaptive: float = threshold(0.03, unit="weight decay", source="Adam is used with up to 1e-2")
    usual_decoupled: float = threshold(0.5, unit="weight decay", source="AdamW is used with 1e-2 to 0.3")
    shrunk: float = threshold(0.5, unit="last norm / first norm", source="healthy runs keep or gain norm, docs/log.md")
    steps: float = threshold(50, unit="steps", source="with fewer, decay has done nothing yet")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """A decay above usual ones that shrinks the weights; or nothing but less of it helps, as was tried."""
        try:
            findings = tuple(self._measured(view)) or tuple(self._tried(view))
        except TooLittle:
            findings = tuple(self._tried(view))
            if not findings:
                raise
        yield from findings

    def _measured(self, view: TrainingView) -> Iterator[Finding]:
        decay = decay_of(view.training)
        if decay is None or decay.decay <= self._usual(view, decay):
            return
        needs_progress(view)
        if view.status.steps < self.steps or not decay.matrices:
            raise TooLittle(f"{self.steps:.0f} steps, and two sampled steps of a weight matrix")
        if decay.matrices < 2 or view.status.verdict is Verdict.DIVERGED:
            return
        if decay.shrunk < self.shrunk and much_left(view.training):
            yield self._finding(view, decay)

    def _usual(self, view: TrainingView, decay: Decay) -> float:
        if decay.decoupled:
            return self.usual_decoupled
        return self.usual_adaptive if is_adaptive(view.training) else self.usual

    def _tried(self, view: TrainingView) -> Iterator[Finding]:
        trial = decisive_trial(view, "weight-decay")
        decay = decay_of(view.training)
        if trial is None or trial.shown is None or decay is None:
            return
        yield self.finding(
            f"without the weight decay of {decay.decay:g}, the loss ends {share_learned(trial.shown.treated)} below "
            f"the baseline loss ({share_learned(trial.shown.control)} with it); no other kind of change is as good",
            view=view, place=_place(view, decay), first_step=0, confidence=Confidence.VERIFIED,
            evidence=trial_evidence(trial, trial.shown), remedies=(_lowered(decay),),
        )

    def _finding(self, view: TrainingView, decay: Decay) -> Finding:
        status = view.status
        usual = self._usual(view, decay)
        pulls = "" if math.isnan(decay.pull) else f" and pulls {decay.pull:.2g} times as strongly as the gradient"
        return self.finding(
            f"a weight decay of {decay.decay:g} leaves {words.share(decay.shrunk)} of the norm of the weights{pulls}: "
            f"the loss goes from {status.first:.4g} to {status.last:.4g}",
            view=view, place=_place(view, decay), used_at=view.loss_place(), first_step=0,
            evidence=(
                Evidence(key="weight_decay", label="weight decay", value=decay.decay, threshold=usual),
                Evidence(key="norm_left", label="last norm / first norm of a weight matrix, median",
                         value=decay.shrunk, threshold=self.shrunk),
                Evidence(key="decay_pull", label="decay × |weight| / |gradient|, median", value=decay.pull),
                Evidence(key="loss_at_end", label="loss at the end", value=status.last),
            ),
            remedies=(_lowered(decay),),
        )  # fmt: skip


def _place(view: TrainingView, decay: Decay) -> Place:
    found = next(optimizer for optimizer in view.training.optimizers if optimizer.id == decay.optimizer)
    return Place(file=found.file, line=found.line)


def _lowered(decay: Decay) -> Remedy:
    usual = 0.01 if decay.decoupled else 1e-4
    factor = 10.0 ** max(1, round(math.log10(decay.decay / usual)))
    return Remedy(
        name="no-weight-decay",
        text=f"Divide the weight decay by {factor:g}, or leave it out until the network overfits.",
        applicability=Applicability.TRIAL,
        code=f"weight_decay={decay.decay / factor:.2g}",
    )
