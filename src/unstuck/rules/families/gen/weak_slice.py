"""GEN103: a describable part of the data fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.record.events.model.errors import ModelSlice
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class WeakSlice(Rule[ModelView]):
    """The network fails on a part of the data that a few words describe.

    ## What it measures

    The error of the network in slices: at most two conditions on metadata (`--meta`), on columns of a table, or on
    brightness, contrast, sharpness and colour of images. Slices are found on one half of the examples, and measured on
    the other. Boosted trees that are fitted to other held-out examples show what can be predicted there.

    ## Why it hurts

    The average hides it. Those to whom the slice belongs (a hospital, a camera, an age) get a network that does not
    work.

    ## How it decides

    The slice is tested on the half that did not choose it, corrected for the number of slices (p < 0.01), and its error
    is `ratio` times that of all others or more, and of all examples of the same classes. Boosted trees err less by
    `avoidable` of the slice's examples or more (paired test): a slice in which they err as often is hard by nature,
    such as all that lies near the border of two classes, and is only listed in the report. Where no trees could be
    fitted (several labels for each example, more than 20,000 of them), a slice is information.

    ## Example

    ```python
    train = train[~((train.age > 60) & (train.ward == "north"))]   # nobody noticed
    ```

    ## Remedies

    Collect examples of the slice, look at its labels, or do not use the network there.

    ## Known limits

    At least 200 examples, and 30 of a slice in each half. Slices that need three conditions, or what nobody recorded,
    are not found.

    ## References

    Chung and others, *Slice Finder*, 2019; Sagadeeva and Boehm, *SliceLine*, 2021.
    """

    code: ClassVar[str] = "GEN103"
    name: ClassVar[str] = "weak-slice"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("slice_search",)
    figures: ClassVar[tuple[str, ...]] = ("model_errors.weak_slice",)

    ratio: float = threshold(1.5, unit="times the error of all others", source="provisional: less is no failure")
    avoidable: float = threshold(
        0.1, unit="share of the slice; of an error in a unit, share of the error", source="provisional, see docs/log.md"
    )
    level: float = threshold(0.001, unit="p value", source="the slice was chosen by the network's errors")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """Each slice, the clearest first."""
        for one in view.of(ModelSlice):
            weak = one.loss >= self.ratio * max(one.other_loss, one.by_class or 0.0)
            if weak and (one.reference_loss is None or self._avoidable(one)):
                yield self._found(view, one)

    def _found(self, view: ModelView, one: ModelSlice) -> Finding:
        rate = one.loss_name.startswith("error rate")
        said = share if rate else number
        words = " and ".join(one.predicates)
        known = one.reference_loss is not None
        beside = (
            "" if one.reference_loss is None
            else f"; boosted trees that are fitted to other held-out examples reach {said(one.reference_loss)} there"
        )
        evidence = [
            Evidence(key="slice_loss", label=f"{one.loss_name} in the slice", value=one.loss,
                     unit="share" if rate else "", threshold=self.ratio * one.other_loss),
            Evidence(key="other_loss", label=f"{one.loss_name} elsewhere", value=one.other_loss,
                     unit="share" if rate else ""),
            Evidence(key="p_value", label="p value, corrected", value=one.p_value),
        ]  # fmt: skip
        if one.reference_loss is not None:
            evidence.append(Evidence(key="reference_loss", label="boosted trees in the slice", value=one.reference_loss,
                                     unit="share" if rate else ""))  # fmt: skip
        return self.finding(
            f"where {words} ({one.count} of {one.looked_at} examples) the {one.loss_name} is {said(one.loss)}, "
            f"elsewhere {said(one.other_loss)}{beside}",
            view=view, place=view.place(row=one.rows[0] if one.rows else None), evidence=tuple(evidence),
            severity=Severity.WARNING if known else Severity.INFO,
            examples=view.examples(one.rows, one.count, of="rows of the slice"), remedies=(_REMEDY,),
        )  # fmt: skip

    def _avoidable(self, one: ModelSlice) -> bool:
        if one.reference_loss is None or one.reference_p is None:
            return False
        least = self.avoidable * (1.0 if one.loss_name.startswith("error rate") else one.loss)
        return one.loss - one.reference_loss >= least and one.reference_p < self.level


_REMEDY = Remedy(
    name="collect-slice",
    text="Collect training examples of this slice and look at its labels; until then, do not use the network there.",
    applicability=Applicability.MANUAL,
)
