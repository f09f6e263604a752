"""SCL105: standardising would turn rounding errors into a feature."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.rounding import STANDARD_ERRORS
from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.values import RoundedColumn
from unstuck.rules.columns import concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class BlindNormalisation(Rule[DatasetView]):
    """A column varies so little beside its values that standardising it turns rounding errors into a feature.

    ## What it measures

    The standard deviation of each column of numbers, divided by its largest absolute value. Of columns that are
    standardised already: their different values, whether they lie in even steps, and their correlations with all other
    columns and the target.

    ## Why it hurts

    float32 keeps seven digits. If the spread begins at the sixth, the standardised column holds mostly rounding errors,
    at the same size as every real feature.

    ## How it decides

    The ratio is below 1e-5 and above 1e-7 (below that, the column is constant), and there are at least three values. A
    standardised column looks like rounding errors if it holds 5 to 64 values in even steps, is distributed about
    normally, and is related to nothing (at most 4 standard errors); then the finding is a suspicion.

    ## Example

    ```python
    frame["pressure"] = 101325.0 + 0.05 * sensor_noise
    ```

    ## Remedies

    Drop the column, or subtract its offset in float64 before it becomes float32.

    ## Known limits

    A standardised column of whole numbers that are normal and unrelated to everything looks the same; it is as useless.
    Standardising columns that share a unit (pixels, spectra) one by one is not judged.

    ## References

    Goldberg, *What every computer scientist should know about floating-point arithmetic*, 1991.
    """

    code: ClassVar[str] = "SCL105"
    name: ClassVar[str] = "blind-normalisation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.values",)
    needs: ClassVar[tuple[str, ...]] = ("column", "columns_examined")

    spread: float = threshold(
        1e-5, unit="standard deviation / largest absolute value", source="100 steps of float32 (1.2e-7)"
    )
    constant: float = threshold(
        1e-7, unit="standard deviation / largest absolute value", source="below it, the column is constant (DAT109)"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The smallest spread first, then what is standardised already."""
        if view.split.id != 0:
            return
        yield from self._raw(view)
        yield from self._standardised(view)

    def _standardised(self, view: DatasetView) -> Iterator[Finding]:
        found = view.of(RoundedColumn)
        for event in worst(found):
            yield self.finding(
                f"column `{event.name}` looks like standardised rounding errors: {event.levels} values in even steps, "
                f"unrelated to all other columns and the target ({event.looked_at} rows)",
                view=view, place=view.place(event.name), confidence=Confidence.SUSPECTED,
                evidence=(
                    Evidence(key="levels", label="different values", value=float(event.levels), unit="values"),
                    Evidence(key="relation", label="strongest correlation with another column or the target",
                             value=event.relation, threshold=STANDARD_ERRORS, unit="standard errors"),
                    concerned(len(found)),
                ),
                remedies=(_drop(event.name),),
            )  # fmt: skip

    def _raw(self, view: DatasetView) -> Iterator[Finding]:
        ratios = [(ratio, column) for column in view.features if (ratio := relative_spread(column)) is not None]
        found = [(ratio, column) for ratio, column in ratios if self.constant < ratio < self.spread]
        found.sort(key=lambda one: one[0])
        for ratio, column in worst(found):
            yield self.finding(
                f"column `{column.name}` has a standard deviation of {number(column.std or 0.0)} at a mean of "
                f"{number(column.mean or 0.0)}: standardising it amplifies rounding errors",
                view=view, place=view.place(column.name),
                evidence=(
                    Evidence(key="relative_spread", label="standard deviation / largest absolute value", value=ratio,
                             threshold=self.spread),
                    concerned(len(found)),
                ),
                remedies=(_drop(column.name),),
            )  # fmt: skip


def _drop(name: str) -> Remedy:
    return Remedy(
        name="drop-column", text=f"Drop the column `{name}`.", applicability=Applicability.MANUAL,
        code=f'frame = frame.drop(columns="{name}")',
    )  # fmt: skip


def relative_spread(column: ColumnProfile) -> float | None:
    """Standard deviation / largest absolute value; None where it is unknown, or the column holds too few values."""
    if column.std is None or column.min is None or column.max is None or (column.distinct or 0) < 3:
        return None
    size = max(abs(column.min), abs(column.max))
    return column.std / size if size > 0 and math.isfinite(size) else None
