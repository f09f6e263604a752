"""LOS113: one term of a composed loss outweighs another by far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.latent_code import LEAST_STEPS, LatentCode, latent_code_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class UnbalancedLossTerms(Rule[TrainingView]):
    """The KL term of a variational autoencoder outweighs its reconstruction error, and the code is empty.

    ## What it measures

    In the autograd graph of the loss: the weight of the KL term for each example, and that of the reconstruction error
    for each of its values. In the evidence lower bound both are sums over an example, so their ratio is 1.

    ## Why it hurts

    The KL term pulls every code to the same distribution. Where it outweighs the reconstruction, that is the lowest
    loss: the code is emptied, and the decoder gives one average picture.

    ## How it decides

    The KL term weighs `weight` times as much as in the evidence lower bound or more, and in the last third of the run
    the code says less than `nats` about its input. A heavy KL term whose code is not empty is a choice (β-VAE).

    ## Example

    ```python
    loss = F.mse_loss(x_hat, x) + kl.sum(1).mean()   # the first is a mean over all pixels: the KL term weighs 784 times
    ```

    ## Remedies

    Reduce both terms alike: a sum over the values of an example, a mean over the batch.

    ## Known limits

    Terms of other composed losses have no common unit, and are not compared. A weight that is a tensor, or changes from
    step to step, is taken as it was when the graph was recorded.

    ## References

    Kingma and Welling, *Auto-encoding variational Bayes*, 2014; Higgins et al., *β-VAE*, 2017.
    """

    code: ClassVar[str] = "LOS113"
    name: ClassVar[str] = "unbalanced-loss-terms"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "graph")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    weight: float = threshold(2.0, unit="times", source="digits lose their code at 4, not at 1.5")
    nats: float = threshold(0.1, unit="nats for one example", source="as GEN110")
    steps: int = threshold(200, unit="steps", source="as GEN110")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The weights of the two terms, where the code is empty."""
        code = latent_code_of(view.training)
        if code is None:
            return
        if view.status.steps < self.steps or len(code.step) < 2 * LEAST_STEPS:
            raise TooLittle(f"{self.steps} steps of a training with a latent code, {2 * LEAST_STEPS} of them sampled")
        if code.terms.weight is None:
            raise TooLittle("the weights of the KL term and the reconstruction error")
        if code.terms.weight < self.weight or code.at_end >= self.nats:
            return
        yield self._finding(view, code, code.at_end)

    def _finding(self, view: TrainingView, code: LatentCode, nats: float) -> Finding:
        weight, values = code.terms.weight or 0.0, code.terms.values
        why = f": the reconstruction error is a mean over {values} values" if values > 1 else ""
        return self.finding(
            f"the KL term weighs {words.number(weight)} times as much as in the evidence lower bound{why}; the "
            f"latent code is left with {words.number(nats)} nats",
            view=view, place=_place(code), used_at=view.loss_place(),
            evidence=(
                Evidence(key="kl_weight", label="weight of the KL term / in the lower bound", value=weight,
                         threshold=self.weight, unit="times"),
                Evidence(key="nats", label="KL term of one example", value=nats, threshold=self.nats, unit="nats"),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


def _place(code: LatentCode) -> Place:
    """Where the reconstruction error is made, if it is averaged; else where the code is drawn."""
    if code.terms.values > 1 and code.terms.line is not None:
        return Place(file=code.terms.file, line=code.terms.line)
    return Place(file=code.file, line=code.line)


_REMEDY = Remedy(
    name="sum-over-example",
    text="Sum the reconstruction error over the values of an example, and take the mean over the batch.",
    applicability=Applicability.MANUAL,
    code="reconstruction = F.binary_cross_entropy(x_hat, x, reduction='none').flatten(1).sum(1).mean()\n"
    "loss = reconstruction + kl.sum(1).mean()",
)
