"""DAT108: a few values of a column are far from all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.data.values import OUTLYING, OutlierFacts
from unstuck.rules.columns import as_one, concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class OutlierFeature(Rule[DatasetView]):
    """A few values of a column are so far from all others that they dominate its scale.

    ## What it measures

    For each column of numbers, the distance of its values from the median, in spreads that outliers do not change
    (that of the middle half of the values, or of the middle 90 % where that is larger). Values farther than 6 spreads
    count. Measured: their share of all squared distances, and the farthest of them.

    ## Why it hurts

    A single wrong digit sets mean and standard deviation of its column. After standardising, all other values lie close
    together, and the outlier's gradient dominates its batch.

    ## How it decides

    At most 3 % of the values are that far away, and they hold a quarter of the squared distances, or one of them is 20
    spreads away. Columns whose tail a logarithm, a root or a power transform shortens are not reported here, but as
    skewed.

    ## Example

    ```python
    frame["height"].nlargest(3)   # 1.13, 0.515, 0.25: a decimal point is missing
    ```

    ## Remedies

    Look at the rows. Correct or drop what is wrong. Where the values are real, clip them or use a robust scaler.

    ## Known limits

    Values that are unusual only together with other columns are not seen. Columns in which one value fills more than
    half of the rows are not judged.

    ## References

    Rousseeuw, Hubert, *Robust statistics for outlier detection*, 2011. scikit-learn, `RobustScaler`.
    """

    code: ClassVar[str] = "DAT108"
    name: ClassVar[str] = "outlier-feature"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.values",)
    needs: ClassVar[tuple[str, ...]] = ("columns_examined",)

    variance: float = threshold(
        0.25, unit="share of the squared distances", source="normal 0; Student's t with 3 degrees of freedom about 0.2"
    )
    distance: float = threshold(20, unit="spreads", source="abalone: two wrong heights, 26; columns of clean data ≤ 14")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The columns that outliers dominate most, first."""
        found = [event for event in view.of(OutlierFacts) if self._dominates(event)]
        found.sort(key=lambda event: -event.variance_share)
        together = as_one(found, lambda event: event.name, (column.name for column in view.features))
        for one in worst(together):
            yield self._found(view, one.item, len(found), one.words)

    def _dominates(self, event: OutlierFacts) -> bool:
        return event.variance_share >= self.variance or _away(event) >= self.distance

    def _found(self, view: DatasetView, event: OutlierFacts, total: int, others: str) -> Finding:
        hold = f"{share(event.variance_share)} of the squared distances from the median"
        return self.finding(
            f"column `{event.name}`{others}: {count(event.count, 'outlier')} of {count(event.looked_at, 'value')} "
            f"{'holds' if event.count == 1 else 'hold'} {hold}; the farthest is {number(event.farthest)}, "
            f"{number(_away(event))} spreads from the median {number(event.median)}",
            view=view, place=view.place(event.name, row=event.rows[0] if event.rows else None),
            evidence=(
                Evidence(key="outlier_share", label=f"values farther than {OUTLYING:g} spreads from the median",
                         value=event.count / event.looked_at, unit="share"),
                Evidence(key="variance_share", label="their share of the squared distances",
                         value=event.variance_share, threshold=self.variance, unit="share"),
                Evidence(key="farthest", label="distance of the farthest", value=_away(event), threshold=self.distance,
                         unit="spreads"),
                concerned(total),
            ),
            examples=view.examples(event.rows, event.count),
            remedies=(
                Remedy(
                    name="look-at-outliers", applicability=Applicability.MANUAL,
                    text=f"Look at these rows; correct or drop wrong values of `{event.name}`.",
                    code=f'far = (frame["{event.name}"] - {event.median:.6g}).abs() > {OUTLYING * event.spread:.6g}\n'
                    "frame[far]",
                ),
                Remedy(
                    name="clip", text="Clip what is real, or scale by median and quartiles.",
                    applicability=Applicability.MANUAL, code="inputs = RobustScaler().fit_transform(inputs)",
                ),
            ),
        )  # fmt: skip


def _away(event: OutlierFacts) -> float:
    return abs(event.farthest - event.median) / event.spread
