"""OPT110: with another optimiser the network learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.run.decisive_trial import decisive_trial, share_learned, trial_evidence, was_tried
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.probe.rates import LEARNS, LearningRates
from unstuck.rules.rule import Rule, TooLittle, threshold

CODE = {
    "adam": "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
    "adamw": "optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)",
    "sgd": "optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)",
}
"""kind of a tried optimiser → how to make it"""


@dataclass(frozen=True)
class UnsuitedOptimizer(Rule[TrainingView | ProbeView]):
    """With another optimiser the same network learns; with this one it does not, at any learning rate that was tried.

    ## What it measures

    The share of the baseline loss that the network removes, with the script's own optimiser at 0.01 to 100 times its
    learning rate, and with Adam and SGD with momentum at their usual rates. These are branches of the run itself; each
    pair has the same start. In a preflight: short trainings on the first batches, with plain gradient descent at rates
    that the range test left, and with Adam at two rates where none of them learns.

    ## Why it hurts

    Plain gradient descent uses the same learning rate in every direction. Where the loss is a thousand times steeper
    in one direction than in another, a rate that does not diverge in the steep one makes no progress in the flat one.

    ## How it decides

    The run has hardly learned. The other optimiser alone makes it learn in three pairs, and no other change that was
    tried, a change of the learning rate included, is as good. In a preflight Adam must remove `times_as_much` of what
    plain gradient descent removes at its best rate, and that must be less than a fifth of the first loss.

    ## Example

    ```python
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)   # features of very different scale
    ```

    ## Remedies

    Use the optimiser that was tried, or remove the cause of the bad scaling: standardise the inputs, add
    normalisation layers.

    ## Known limits

    This needs experiments (`unstuck verify`) or a preflight, whose trainings are short. That Adam helps does not show
    what is badly scaled.

    ## References

    Kingma and Ba: Adam (2015); Goodfellow, Bengio, Courville: Deep Learning (2016), 8.2.1 (ill-conditioning).
    """

    code: ClassVar[str] = "OPT110"
    name: ClassVar[str] = "unsuited-optimizer"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, ProbeView)
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer", "experiment", "learning_rates")
    figures: ClassVar[tuple[str, ...]] = ("experiment_effect.with_the_change",)

    times_as_much: float = threshold(
        4.0, unit="of what the own optimiser removes at its best rate",
        source="digits and made data: Adam removes 1 to 2 times as much where plain gradient descent suits",
    )

    def check(self, view: TrainingView | ProbeView) -> Iterator[Finding]:
        """The optimiser is the only change that helps."""
        if isinstance(view, ProbeView):
            yield from self._before_training(view)
            return
        if not was_tried(view, "optimiser"):
            raise TooLittle("a trial of another optimiser (`unstuck verify`)")
        trial = decisive_trial(view, "optimiser")
        if trial is None or trial.shown is None:
            return
        own = view.training.optimizers[0].class_name
        yield self.finding(
            f"with {trial.title}, the loss ends {share_learned(trial.shown.treated)} below the baseline loss "
            f"({share_learned(trial.shown.control)} with {own}); no other change is as good",
            view=view, place=view.optimizer_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=trial_evidence(trial, trial.shown),
            remedies=(Remedy(
                name="change-optimiser", text=f"Use the optimiser that was tried: {trial.title}.",
                applicability=Applicability.TRIAL, code=CODE.get(str(trial.settings.get("kind")), CODE["adam"]),
            ),),
        )  # fmt: skip

    def _before_training(self, view: ProbeView) -> Iterator[Finding]:
        """Plain gradient descent at its best rate, and Adam, for as many steps."""
        for event in view.of(LearningRates):
            own, adam = event.best_trial, event.adam_trial
            if own is None or adam is None or event.adam_rate is None or not event.function:
                continue  # it learns at some rate, or is no plain gradient descent
            removed, by_adam = max(event.first - own, 0.0), event.first - adam
            if by_adam < max(LEARNS * abs(event.first), self.times_as_much * removed):
                continue
            yield self.finding(
                f"a short training with Adam lowers the loss from {number(event.first)} to {number(adam)}, with "
                f"{event.optimizer} at the best of {len(event.trials)} rates to {number(own)}",
                view=view, place=view.optimizer_place(),
                evidence=(
                    Evidence(key="adam_trial", label="last loss with Adam", value=adam),
                    Evidence(key="best_trial", label="last loss at the best own rate", value=own),
                ),
                remedies=(Remedy(
                    name="change-optimiser", text="Use Adam, or remove what is badly scaled.",
                    applicability=Applicability.TRIAL,
                    code=f"optimizer = torch.optim.Adam(model.parameters(), lr={event.adam_rate:g})",
                ),),
            )  # fmt: skip
