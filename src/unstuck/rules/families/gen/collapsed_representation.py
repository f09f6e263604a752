"""GEN110: a latent code that says nothing about its input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.latent_code import LEAST_STEPS, latent_code_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class CollapsedRepresentation(Rule[TrainingView]):
    """The encoder of a variational autoencoder gives every input (almost) the same code.

    ## What it measures

    The mean and the spread from which the latent code is drawn, over the sampled steps, and from them the KL term of
    one example: the code says at most so much about its input.

    ## Why it hurts

    The decoder gets nothing but noise, and answers with one average for all inputs. The loss still falls, and
    samples look alike.

    ## How it decides

    In the last third of the run, of `steps` or more, the KL term of an example is below `nats` and does not grow.

    ## Example

    ```python
    loss = F.binary_cross_entropy(x_hat, x) + kl.sum(1).mean()   # a mean over 784 pixels beside a sum
    ```

    ## Remedies

    Let both terms be sums over the values of an example and means over the batch. Then raise the weight of the KL term
    from 0 in the first epochs, or leave the first bits of each unit free.

    ## Known limits

    Only codes that are drawn as mean + exp(log-variance) × noise from two layers are known. Of other representations
    that collapse, the record does not say how examples differ.

    ## References

    Bowman et al., *Generating sentences from a continuous space*, 2016; Alemi et al., *Fixing a broken ELBO*, 2018.
    """

    code: ClassVar[str] = "GEN110"
    name: ClassVar[str] = "collapsed-representation"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("LOS113", "LOS107")
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("latent_code.nats",)

    nats: float = threshold(0.1, unit="nats for one example", source="a code that is used: 2.7, empty: 0.05")
    steps: int = threshold(200, unit="steps", source="provisional: at first every code is near the standard normal")
    grows: float = threshold(1.2, unit="times", source="provisional: a weight that is raised slowly lets it grow later")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The code that the encoder gives at the end."""
        code = latent_code_of(view.training)
        if code is None:
            return
        if view.status.steps < self.steps or len(code.step) < 2 * LEAST_STEPS:
            raise TooLittle(f"{self.steps} steps of a training with a latent code, {2 * LEAST_STEPS} of them sampled")
        level, late = code.at_end, code.late
        if level >= self.nats or float(late[-1]) > self.grows * max(float(late[0]), self.nats / 10):
            return
        yield self.finding(
            f"the latent code of {words.count(code.units, 'unit')} says at most {words.number(level)} nats about its "
            f"input: `{code.mean_layer}` gives every example (almost) the same mean",
            view=view, place=view.module_place(code.mean_layer), used_at=Place(file=code.file, line=code.line),
            evidence=(
                Evidence(key="nats", label="KL term of one example", value=level, threshold=self.nats, unit="nats"),
                Evidence(key="latent_units", label="units of the code", value=float(code.units), unit="units"),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="lighten-kl-term",
    text="Sum the reconstruction error over the values of an example as the KL term is summed over the code, and raise "
    "the KL term's weight from 0 in the first epochs.",
    applicability=Applicability.MANUAL,
    code="reconstruction = F.mse_loss(x_hat, x, reduction='none').flatten(1).sum(1).mean()\n"
    "loss = reconstruction + min(1.0, epoch / 10) * kl.sum(1).mean()",
)
