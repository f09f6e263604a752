"""SCL106: a scaler that has seen the held-out data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.shift import Scaler, ScalerFit
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ScalerFittedOnTest(Rule[DatasetView]):
    """The data was scaled before it was split, so the preparation knows the held-out data.

    ## What it measures

    Mean, standard deviation and extremes of each column, over the training split alone and over the splits together.

    ## Why it hurts

    Statistics of the held-out data are in every training example. With few examples, or with outliers in the held-out
    data, the held-out metric is too good.

    ## How it decides

    Over the splits together nearly all columns have mean 0 and standard deviation 1 exactly, or run exactly from 0 or
    -1 to 1, and over the training split alone they do not. At least `columns` columns must show it.

    ## Example

    ```python
    x = StandardScaler().fit_transform(x)
    x_train, x_test = train_test_split(x)
    ```

    ## Remedies

    Split first, then fit the scaler on the training split.

    ## Known limits

    A scaler that was fitted on more rows than these splits hold leaves no exact numbers. Samples of large files are not
    judged.

    ## References

    scikit-learn user guide, *Common pitfalls and recommended practices*, section *Data leakage*.
    """

    code: ClassVar[str] = "SCL106"
    name: ClassVar[str] = "scaler-fitted-on-test"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("scaler_fit",)

    columns: float = threshold(2, unit="columns", source="one column may be exact by chance or by definition")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """One finding for the split."""
        for event in view.of(ScalerFit):
            if event.scaler is not None and event.columns >= self.columns:
                yield self._found(view, event)

    def _found(self, view: DatasetView, event: ScalerFit) -> Finding:
        together = " and ".join(f"`{view.splits[number].name}`" for number in event.splits)
        columns = f"{event.columns} of {words.count(event.compared, 'column')}"
        alone = f"`{view.splits[event.other].name}` alone"
        if event.scaler is Scaler.STANDARD:
            message = (
                f"{columns} have mean 0 and standard deviation 1 exactly over {together} together; "
                f"in {alone} their means are off by {words.number(event.deviation or 0.0)} standard deviations"
            )
        else:
            message = (
                f"{columns} have the range of a scaler exactly over {together} together; "
                f"{words.share(event.deviation or 0.0)} of them do not reach it in {alone}"
            )
        return self.finding(
            message, view=view, place=view.place(),
            evidence=(
                Evidence(key="columns", label="columns with exact statistics", value=float(event.columns),
                         threshold=self.columns),
                Evidence(key="deviation", label="deviation of the training split alone", value=event.deviation or 0.0),
            ),
            remedies=(_SPLIT_FIRST,),
        )  # fmt: skip


_SPLIT_FIRST = Remedy(
    name="split-first",
    text="Split first. Fit the scaler on the training split only.",
    applicability=Applicability.MANUAL,
    code="x_train, x_test = train_test_split(x, random_state=0)\n"
    "scaler = StandardScaler().fit(x_train)\nx_train, x_test = scaler.transform(x_train), scaler.transform(x_test)",
)
