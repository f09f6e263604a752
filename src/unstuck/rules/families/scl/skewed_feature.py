"""SCL103: a column or a target has a long tail on one side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.data.values import SkewedColumn, Transform
from unstuck.rules.columns import concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class SkewedFeature(Rule[DatasetView]):
    """A column of numbers has a long tail on one side; a transform shortens it.

    ## What it measures

    The skewness of each column of numbers and of each regression target, as it is and without the outermost 0.5 % at
    either end; and again after each transform: logarithm, log1p, square root, square, Box-Cox, Yeo-Johnson, quantile,
    bins. Values that stand for missing ones are left out.

    ## Why it hurts

    Scaling by mean and standard deviation squeezes most values together and leaves a few far away. The network then
    sees differences among the large values only. A skewed target makes a squared loss follow its largest values.

    ## How it decides

    The skewness of a feature is beyond ±1, that of a target beyond ±0.75, it is 4 standard errors from 0, and it does
    not come from the outermost values alone. Named is the simplest transform that brings the skewness below 0.5. Where
    one value fills more than half of the rows, no function helps: bins are named. Sparse columns are not reported where
    most columns of the table are sparse.

    ## Example

    ```python
    frame["income"].skew()   # 11.9
    ```

    ## Remedies

    Apply the transform that is named before scaling, with the same parameter to all splits.

    ## Known limits

    Even distributions are no aim of their own: trees need none, and a logarithm of a sum may hide what was additive.
    Two humps are not seen.

    ## References

    Bulmer, *Principles of Statistics*, 1979 (skewness beyond ±1 is high). Box, Cox, 1964. Yeo, Johnson, 2000.
    """

    code: ClassVar[str] = "SCL103"
    name: ClassVar[str] = "skewed-feature"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.transformed",)
    needs: ClassVar[tuple[str, ...]] = ("columns_examined",)

    high: float = threshold(1, unit="|skewness| of a feature", source="highly skewed (Bulmer 1979)")
    of_target: float = threshold(
        0.75, unit="|skewness| of a target", source="the loss weighs it; the rings of abalone have 1.1"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Targets first, then the most skewed columns; of the training data alone."""
        if view.split.id != 0:
            return
        found = [event for event in view.of(SkewedColumn) if abs(event.skewness) >= self._limit(event)]
        found.sort(key=lambda event: (not event.target, -abs(event.skewness)))
        for event in worst(found):
            yield self._found(view, event, len(found))

    def _limit(self, event: SkewedColumn) -> float:
        return self.of_target if event.target else self.high

    def _found(self, view: DatasetView, event: SkewedColumn, total: int) -> Finding:
        what = "target" if event.target else "column"
        after = () if event.transform is None or event.skewness_after is None else (
            Evidence(key="skewness_after", label=f"skewness after {event.transform}", value=event.skewness_after),
        )  # fmt: skip
        return self.finding(
            f"{what} `{event.name}` has a skewness of {number(event.skewness)}{_after(event)}{_drawn(view, event)}",
            view=view, place=view.place(event.name),
            evidence=(
                Evidence(key="skewness", label="skewness", value=event.skewness, threshold=self._limit(event)),
                *after,
                Evidence(key="spike_share", label="share of the most frequent value", value=event.spike_share,
                         unit="share"),
                concerned(total),
            ),
            remedies=_remedies(event),
        )  # fmt: skip


def _drawn(view: DatasetView, event: SkewedColumn) -> str:
    """That not all values were looked at."""
    known = next((column.count for column in view.columns if column.name == event.name), 0)
    return f" ({count(event.looked_at, 'value')} drawn at random)" if event.looked_at < known else ""


def _after(event: SkewedColumn) -> str:
    if event.transform is None or event.skewness_after is None:
        return ""
    if event.transform is Transform.BINS:
        return f"; {share(event.spike_share)} of its values are equal, and bins for the others make it even"
    return f"; {_WORDS[event.transform]} brings it to {number(event.skewness_after)}"


def _remedies(event: SkewedColumn) -> tuple[Remedy, ...]:
    if event.transform is None:
        return ()
    column = f'frame["{event.name}"]'
    return (
        Remedy(
            name="transform", applicability=Applicability.MANUAL,
            text=f"Apply {_WORDS[event.transform]} to `{event.name}`, then scale; the same way in all splits.",
            code=f"{column} = {_CODE[event.transform].format(column=column)}",
        ),
    )  # fmt: skip


_WORDS = {
    Transform.LOG: "a logarithm", Transform.LOG1P: "log1p", Transform.SQUARE_ROOT: "a square root",
    Transform.SQUARE: "a square", Transform.BOX_COX: "a Box-Cox transform",
    Transform.YEO_JOHNSON: "a Yeo-Johnson transform", Transform.QUANTILE: "a quantile transform",
    Transform.BINS: "bins",
}  # fmt: skip
_CODE = {
    Transform.LOG: "np.log({column})", Transform.LOG1P: "np.log1p({column})",
    Transform.SQUARE_ROOT: "np.sqrt({column})", Transform.SQUARE: "{column} ** 2",
    Transform.BOX_COX: 'PowerTransformer("box-cox").fit_transform({column}.to_frame())',
    Transform.YEO_JOHNSON: 'PowerTransformer("yeo-johnson").fit_transform({column}.to_frame())',
    Transform.QUANTILE: 'QuantileTransformer(output_distribution="normal").fit_transform({column}.to_frame())',
    Transform.BINS: 'pd.qcut({column}, 8, duplicates="drop").cat.codes',
}  # fmt: skip
