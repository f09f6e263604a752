"""ARC108: parameters that no loss reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.probe.network import ParameterReach
from unstuck.rules.rule import Rule, threshold

MOST_NAMED = 3


@dataclass(frozen=True)
class UnreachedParameters(Rule[ProbeView]):
    """Trainable parameters that the loss does not depend on.

    ## What it measures

    Which trainable parameters get a gradient in the backward of the first batches. A gradient that is zero is a
    gradient: only those that get none at all are counted.

    ## Why it hurts

    The layer is there, the optimiser holds it, and it never learns: it was left out of `forward`, overwritten by a
    later line, or cut off by `detach`, `.data` or an operation without a gradient.

    ## How it decides

    At least one parameter gets no gradient from any of the first batches. Below a hundredth of all weights it is
    information.

    ## Example

    ```python
    h = self.encoder(x)
    return self.head(x)        # should be self.head(h)
    ```

    ## Remedies

    Use the layer in `forward`, or remove it. Where it shall not learn, switch its gradients off.

    ## Known limits

    A layer that only rare examples use may get no gradient from the first batches.

    ## References

    PyTorch documentation, *Autograd mechanics*.
    """

    code: ClassVar[str] = "ARC108"
    name: ClassVar[str] = "unreached-parameters"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = ("ARC109", "LOP108")
    needs: ClassVar[tuple[str, ...]] = ("parameter_reach",)

    part: float = threshold(0.01, unit="share of all weights", source="a small unused head is no fault")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """What gets no gradient."""
        for event in view.of(ParameterReach):
            if not event.unreached:
                continue
            part = event.unreached_elements / max(1, event.elements)
            layer = event.unreached[0].rpartition(".")[0]
            names = ", ".join(f"`{name}`" for name in event.unreached[:MOST_NAMED])
            more = f" and {number(len(event.unreached) - MOST_NAMED)} more" if len(event.unreached) > MOST_NAMED else ""
            yield self.finding(
                f"the loss does not depend on {count(len(event.unreached), 'trainable parameter')} ({names}{more}), "
                f"{share(part)} of all weights, in {count(event.batches, 'batch', 'batches')}",
                view=view, place=view.layer_place(layer),
                severity=Severity.WARNING if part >= self.part else Severity.INFO,
                evidence=(
                    Evidence(key="unreached", label="parameters without a gradient", value=float(len(event.unreached)),
                             threshold=0.0),
                    Evidence(key="unreached_share", label="their share of all weights", value=part, threshold=self.part,
                             unit="share"),
                ),
                remedies=(
                    Remedy(name="use-layer", text="Use the layer in `forward`, or remove it.",
                           applicability=Applicability.MANUAL,
                           code=f"self.{layer or 'layer'}   # named in __init__, and where in forward?"),
                ),
            )  # fmt: skip
