"""OPT109: with another batch size the network learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.decisive_trial import decisive_trial, share_learned, trial_evidence, was_tried
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle


@dataclass(frozen=True)
class UnsuitedBatchSize(Rule[TrainingView]):
    """With another batch size the same network learns in the same number of steps.

    ## What it measures

    The share of the baseline loss that the network removes, with the script's own batch size and with larger and
    smaller ones, in the same number of steps. These are branches of the run itself; each pair has the same start.

    ## Why it hurts

    The gradient of a few examples differs much from that of all of them: the steps cancel, and batch normalisation
    uses the statistics of a few examples. Batches that are too large give few steps per epoch.

    ## How it decides

    The run has hardly learned. Another batch size alone makes it learn in three pairs, and no other change that was
    tried, a lower learning rate included, is as good.

    ## Example

    ```python
    loader = DataLoader(data, batch_size=2, shuffle=True)   # and batch normalisation in the network
    ```

    ## Remedies

    Use the batch size that was tried. A larger batch allows a higher learning rate.

    ## Known limits

    This needs experiments (`unstuck verify`), and a `DataLoader` that makes the batches. Branches have the same number
    of steps, not of epochs. That large batches give too few steps is reported by LOP111.

    ## References

    Goyal et al.: Accurate, large minibatch SGD (2017); Keskar et al.: On large-batch training (2017).
    """

    code: ClassVar[str] = "OPT109"
    name: ClassVar[str] = "unsuited-batch-size"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "experiment")
    figures: ClassVar[tuple[str, ...]] = ("experiment_effect.with_the_change",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The batch size is the only change that helps."""
        if not was_tried(view, "batch-size"):
            raise TooLittle("a trial of another batch size (`unstuck verify`)")
        trial = decisive_trial(view, "batch-size")
        if trial is None or trial.shown is None:
            return
        factor = float(trial.settings.get("factor", 1.0))
        yield self.finding(
            f"with a batch size {factor:g} times as large, the loss ends {share_learned(trial.shown.treated)} below "
            f"the baseline loss ({share_learned(trial.shown.control)} without the change); no other change is as good",
            view=view, place=view.loss_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=(
                *trial_evidence(trial, trial.shown),
                Evidence(key="batch_size_factor", label="batch size tried / own batch size", value=factor),
            ),
            remedies=(_LARGER if factor > 1 else _SMALLER,),
        )


_LARGER = Remedy(
    name="larger-batches", text="Use larger batches: the gradient of a small batch is too noisy.",
    applicability=Applicability.TRIAL, code="loader = DataLoader(data, batch_size=4 * batch_size, shuffle=True)",
)  # fmt: skip
_SMALLER = Remedy(
    name="smaller-batches", text="Use smaller batches: the noise of their gradients helps here.",
    applicability=Applicability.TRIAL, code="loader = DataLoader(data, batch_size=batch_size // 4, shuffle=True)",
)  # fmt: skip
