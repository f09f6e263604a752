"""ARC115: one small batch cannot be fitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.fits import falls
from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.probe.loss import Overfit
from unstuck.rules.rule import ANY_CAUSE, Rule, TooLittle, threshold


@dataclass(frozen=True)
class UnfittableBatch(Rule[ProbeView]):
    """The network cannot fit one small batch, by any of several optimisers.

    ## What it measures

    Up to 16 examples are trained on again and again, without dropout: with the own optimiser, then with Adam at 0.001,
    0.01 and 0.0001, until the loss has lost 95 % of the constant baseline's.

    ## Why it hurts

    A network that cannot memorise sixteen examples cannot learn a data set. Something is fundamentally wrong: outputs
    that cannot reach the targets, a graph that is cut, inputs that are not used, gradients that do not arrive.

    ## How it decides

    After 100 steps or more no optimiser has removed half of the baseline loss of these examples, and no loss is still
    falling: a slow fit is none that fails.

    ## Example

    ```python
    return torch.relu(self.head(x))   # and targets below zero
    ```

    ## Remedies

    Look at the findings above first: the fault is usually one of them. Otherwise build the network up from a single
    layer until the fit fails.

    ## Known limits

    Examples that are the same with different targets cannot be fitted. Losses of several terms are not judged.

    ## References

    Karpathy (2019), *A recipe for training neural networks*: "overfit one batch".
    """

    code: ClassVar[str] = "ARC115"
    name: ClassVar[str] = "unfittable-batch"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("overfit",)
    figures: ClassVar[tuple[str, ...]] = ("probe_loss.fits",)

    fitted: float = threshold(
        0.5, unit="share of the baseline loss", source="16 of 20 healthy programs, mostly in 100 steps: 0.63 to 0.96"
    )
    steps: float = threshold(100, unit="steps", source="digits: 20 to 100")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """The best of the fits."""
        event = view.one(Overfit)
        if event is None or not event.fits:
            raise TooLittle("a training on one batch")
        best = event.fits[0]
        if best.fell is not None and best.fell >= self.fitted:
            return
        if event.steps < self.steps:
            raise TooLittle(f"{self.steps:g} steps on one batch (there was time for {event.steps})")
        whole = (event.baseline or 0.0) - (event.floor or 0.0)
        if any(falls(fit, whole) for fit in event.fits):
            raise TooLittle(f"a fit that has come to rest (the loss still falls after {event.steps} steps)")
        fell = max(best.fell or 0.0, 0.0)
        yield self.finding(
            f"{count(event.examples, 'example')} cannot be fitted: the best of {count(len(event.fits), 'training')} "
            "of up "
            f"to {event.steps} steps removes {share(fell)} of the baseline loss ({number(event.baseline or 0.0)} → "
            f"{number(best.last)})",
            view=view,
            evidence=(
                Evidence(key="fitted", label="share of the baseline loss that it removes", value=fell,
                         threshold=self.fitted, unit="share"),
            ),
            remedies=(_BUILD_UP,),
        )  # fmt: skip


_BUILD_UP = Remedy(
    name="build-up",
    text="Reduce the network to one layer, fit the batch, and add layer by layer until the fit fails.",
    applicability=Applicability.MANUAL,
    code="x, y = next(iter(loader))\nfor step in range(300):\n    optimizer.zero_grad()\n"
    "    loss = loss_function(model(x[:16]), y[:16])\n    loss.backward()\n    optimizer.step()",
)
