"""NUM104: a hand-written backward is not the derivative of its forward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.probe.behaviour import Gradients
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class WrongGradient(Rule[ProbeView]):
    """The backward of a `torch.autograd.Function` differs from the numerical derivative of its forward.

    ## What it measures

    Every function with a backward of its own in the graph of the loss is called with the arguments of its first call,
    in double precision. Up to 48 derivatives of each input are compared with central differences.

    ## Why it hurts

    The optimiser follows a direction that is none of descent. The loss may still fall, slowly, and nobody says why.

    ## How it decides

    More than a tenth of the derivatives differ by more than a thousandth. Derivatives that are exactly zero by numbers
    are left out: piecewise constant functions (rounding, spikes, straight-through estimators) choose their backward. So
    do functions that give their input back (reversal or scaling of gradients).

    ## Example

    ```python
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x          # of x**2: should be grad * 2 * x
    ```

    ## Remedies

    Correct the backward, and check it with `torch.autograd.gradcheck`.

    ## Known limits

    Functions that run in single precision only are compared more coarsely. A function whose `apply` was bound before
    the check is not seen.

    ## References

    PyTorch documentation, *Gradcheck mechanics*.
    """

    code: ClassVar[str] = "NUM104"
    name: ClassVar[str] = "wrong-gradient"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    needs: ClassVar[tuple[str, ...]] = ("gradients",)

    wrong: float = threshold(0.1, unit="share of the derivatives", source="a wrong factor: 1")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """Every function that was compared."""
        event = view.one(Gradients)
        skipped = [one for one in event.functions if one.skipped] if event is not None else []
        if skipped:
            raise TooLittle(f"{skipped[0].name} could not be called again ({skipped[0].skipped})")
        for one in () if event is None else event.functions:
            if one.intended or one.wrong <= self.wrong * one.derivatives:
                continue
            yield self.finding(
                f"{one.wrong} of {one.derivatives} derivatives by `{one.name}.backward` differ from numerical ones, "
                "the "
                f"worst by {number(one.error)} of itself",
                view=view, place=Place(file=one.file, line=one.line),
                evidence=(
                    Evidence(key="wrong_share", label="derivatives that differ", value=one.wrong / one.derivatives,
                             threshold=self.wrong, unit="share"),
                    Evidence(key="error", label="largest relative difference", value=one.error),
                ),
                remedies=(
                    Remedy(name="correct-backward", text=f"Correct `{one.name}.backward`, and check it.",
                           applicability=Applicability.MANUAL,
                           code="x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)\n"
                           f"torch.autograd.gradcheck({one.name}.apply, (x,))"),
                ),
            )  # fmt: skip
