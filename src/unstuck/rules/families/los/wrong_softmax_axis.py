"""LOS111: a softmax over the examples of the batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.events.probe.behaviour import SoftmaxCall, Softmaxes
from unstuck.rules.rule import Rule


@dataclass(frozen=True)
class WrongSoftmaxAxis(Rule[ProbeView]):
    """A softmax of the network is taken over the examples of the batch.

    ## What it measures

    The axis of every softmax and log-softmax in the forward of a batch, and the axis of the examples in what goes into
    it.

    ## Why it hurts

    Probabilities that sum to 1 over the batch say which example is most of a class, and not which class an example has.
    Each example's output depends on the others, and alone it is always 1.

    ## How it decides

    The axis is that of the examples, the input has another axis besides, and the call is made inside a module.

    ## Example

    ```python
    nn.Softmax(dim=0)        # of scores (batch, classes): should be dim=1
    F.softmax(scores)        # no dim: of three axes torch takes the first
    ```

    ## Remedies

    Give `dim`, counted from the end: `dim=-1` for the classes.

    ## Known limits

    A softmax over the batch on purpose (attention between examples, some contrastive losses) is reported where it is
    inside a module.

    ## References

    PyTorch documentation, `torch.nn.Softmax`.
    """

    code: ClassVar[str] = "LOS111"
    name: ClassVar[str] = "wrong-softmax-axis"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    needs: ClassVar[tuple[str, ...]] = ("softmaxes",)

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """Every call."""
        for event in view.of(Softmaxes):
            for call in event.calls:
                if call.batch is not None and call.dim == call.batch and len(call.shape) > 1 and call.layer is not None:
                    yield self._finding(view, call)

    def _finding(self, view: ProbeView, call: SoftmaxCall) -> Finding:
        shape = " × ".join(map(str, call.shape))
        guessed = ", which torch guesses where `dim` is not given" if call.guessed else ""
        where = f" in layer `{call.layer}`" if call.layer else ""
        return self.finding(
            f"softmax of {shape}{where} is taken over axis {call.dim}, that of the {call.shape[call.dim]} "
            f"examples{guessed}",
            view=view, place=Place(layer=call.layer, file=call.file, line=call.line),
            evidence=(Evidence(key="axis", label="axis of the softmax", value=float(call.dim)),),
            remedies=(
                Remedy(
                    name="softmax-axis", text="Take the softmax over the classes.",
                    applicability=Applicability.MANUAL, code="scores.softmax(dim=-1)",
                ),
            ),
        )  # fmt: skip
