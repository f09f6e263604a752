"""GEN111: the same example is predicted differently the next time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.record.events.model.errors import Repetition
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class UnrepeatablePrediction(Rule[ModelView]):
    """The prediction of an example depends on chance, or on the other examples of its batch.

    ## What it measures

    Up to 256 examples are predicted three times more: again in the same batches, 64 of them alone, and all in another
    order. A network is in evaluation mode, whatever mode it was given in; a function is called as it is.

    ## Why it hurts

    Numbers change from one evaluation to the next. In use, where examples come one by one, the network predicts
    something else than it was tested with. Mostly `eval()` was forgotten, or an input is scaled by its own batch.

    ## How it decides

    Outputs differ by more than `difference` standard deviations of the outputs. Rounding in batches of another size
    makes less than a thousandth.

    ## Example

    ```python
    def predict(x):
        return model((x - x.mean(0)) / x.std(0))   # statistics of the batch, and model.eval() is missing
    ```

    ## Remedies

    Call `model.eval()` before you predict. Use `self.training` as the argument of `F.dropout`. Keep the statistics of
    the training data, and scale every input by them.

    ## Known limits

    Sampling on purpose (dropout at test time, a generative model) is reported, too: allow the rule there.

    ## References

    PyTorch, *Module.eval*; Ioffe and Szegedy, *Batch normalization*, 2015.
    """

    code: ClassVar[str] = "GEN111"
    name: ClassVar[str] = "unrepeatable-prediction"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("repetition",)
    figures: ClassVar[tuple[str, ...]] = ("model_errors.repetitions",)

    difference: float = threshold(
        0.01, unit="standard deviations of the outputs", source="rounding: below 1e-5; dropout of 0.1: 0.3 and more"
    )

    def check(self, view: ModelView) -> Iterator[Finding]:
        """Chance first: it makes the others differ, too."""
        found = {one.how: one for one in view.of(Repetition) if one.difference > self.difference}
        again = found.get("again")
        if again is not None:
            yield self._found(view, again, "again in the same batch", _EVAL)
        elif found:
            worst = max(found.values(), key=lambda one: one.difference)
            how = "alone" if worst.how == "alone" else "in other batches"
            yield self._found(view, worst, how, _BATCH)

    def _found(self, view: ModelView, one: Repetition, how: str, remedy: Remedy) -> Finding:
        layers = f" (layers on the batch: {', '.join(one.layers)})" if one.layers else ""
        mode = "" if one.mode == "as given" else ", though the network is in evaluation mode"
        return self.finding(
            f"predicted {how}, {number(one.differing)} of {count(one.examples, 'example')} get another output{mode}: "
            f"by up to {number(one.difference)} standard deviations; {number(one.changed)} predicted otherwise{layers}",
            view=view, place=view.place(row=one.rows[0] if one.rows else None),
            evidence=(
                Evidence(key="output_difference", label="largest difference of an output", value=one.difference,
                         threshold=self.difference, unit="standard deviations"),
                Evidence(key="changed", label="examples with another prediction", value=float(one.changed),
                         unit="examples"),
            ),
            examples=view.examples(one.rows, one.differing), remedies=(remedy,),
        )  # fmt: skip


_EVAL = Remedy(
    name="predict-in-evaluation-mode",
    text="Switch dropout and batch statistics off before predicting.",
    applicability=Applicability.MANUAL,
    code="model.eval()\nwith torch.no_grad():\n    scores = model(x)",
)
_BATCH = Remedy(
    name="scale-by-training-statistics",
    text="Scale inputs by statistics of the training data that are kept with the model, and normalise by running "
    "statistics: no prediction may depend on the rest of its batch.",
    applicability=Applicability.MANUAL,
    code="x = (x - train_mean) / train_std   # kept from the training data",
)
