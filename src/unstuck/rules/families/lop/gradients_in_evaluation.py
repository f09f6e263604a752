"""LOP106: held-out data passes through the network with gradients on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.loader_passes import held_out_calls
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class GradientsInEvaluation(Rule[TrainingView]):
    """A graph is built for held-out data, and no backward ever uses it.

    ## What it measures

    A few times in a run, at the first batch of a pass over a loader that is never trained on: whether the output of the
    network carries a gradient.

    ## Why it hurts

    Every activation is kept until the output is dropped. Evaluation takes more memory and time than it needs. Outputs
    or losses that are gathered keep their graphs alive.

    ## How it decides

    At `share` or more of these passes, at least `passes`, the output carries a gradient, and no backward follows in the
    pass.

    ## Example

    ```python
    model.eval()                              # this switches dropout off, not gradients
    for inputs, labels in val_loader:
        loss = criterion(model(inputs), labels)
    ```

    ## Remedies

    Evaluate under `torch.no_grad()` or `torch.inference_mode()`.

    ## Known limits

    Only evaluations that go over a loader are known.

    ## References

    PyTorch documentation, "Autograd mechanics": "Locally disabling gradient computation".
    """

    code: ClassVar[str] = "LOP106"
    name: ClassVar[str] = "gradients-in-evaluation"
    severity: ClassVar[Severity] = Severity.INFO
    needs: ClassVar[tuple[str, ...]] = ("loss", "model")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    passes: float = threshold(2, unit="passes", source="one may be a look at the shapes")
    share: float = threshold(0.5, unit="share of the passes looked at", source="one set of several")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The passes over loaders that are never trained on."""
        calls = [call for call in held_out_calls(view.training) if call.loader is not None]
        if not calls:
            raise TooLittle("a pass over a loader that is not trained on")
        graded = [call for call in calls if call.gradients]
        if len(graded) < self.passes or len(graded) < self.share * len(calls):
            return
        name = graded[-1].loader_name
        yield self.finding(
            f"gradients are on while the network is evaluated{f' on `{name}`' if name else ''}: at {len(graded)} of "
            f"{len(calls)} passes looked at",
            view=view, place=Place(file=graded[-1].file, line=graded[-1].line), first_step=graded[0].step,
            evidence=(
                Evidence(
                    key="graded_share", label="evaluations with gradients on", value=len(graded) / len(calls),
                    threshold=self.share, unit="share",
                ),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="evaluate-without-gradients",
    text="Switch gradients off while held-out data passes through the network.",
    applicability=Applicability.MANUAL,
    code="model.eval()\nwith torch.no_grad():\n    for inputs, labels in val_loader:\n"
    "        total += criterion(model(inputs), labels).item()",
)
