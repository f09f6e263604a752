"""SCL105: standardising would turn rounding errors into a feature."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.rules.columns import concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class BlindNormalisation(Rule[DatasetView]):
    """The spread of a column is so small beside its values that standardising it amplifies rounding errors.

    ## What it measures

    The standard deviation of each column of numbers, divided by its largest absolute value.

    ## Why it hurts

    float32 keeps seven digits. If the spread begins at the sixth, the standardised column holds mostly rounding errors,
    at the same size as every real feature.

    ## How it decides

    The ratio is below 1e-5 and above 1e-7 (below that, the column is constant), and there are at least three values.

    ## Example

    ```python
    frame["pressure"] = 101325.0 + 0.05 * sensor_noise
    ```

    ## Remedies

    Drop the column, or subtract its offset in float64 before it becomes float32.

    ## Known limits

    A column that was standardised before it is read is not found: its values look like those of any other column.
    Standardising columns that share a unit (pixels, spectra) one by one is not judged.

    ## References

    Goldberg, *What every computer scientist should know about floating-point arithmetic*, 1991.
    """

    code: ClassVar[str] = "SCL105"
    name: ClassVar[str] = "blind-normalisation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.values",)
    needs: ClassVar[tuple[str, ...]] = ("column",)

    spread: float = threshold(
        1e-5, unit="standard deviation / largest absolute value", source="100 steps of float32 (1.2e-7)"
    )
    constant: float = threshold(
        1e-7, unit="standard deviation / largest absolute value", source="below it, the column is constant (DAT109)"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The smallest spread first."""
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
                remedies=(
                    Remedy(
                        name="drop-column", applicability=Applicability.MANUAL,
                        text=f"Drop the column `{column.name}`.",
                        code=f'frame = frame.drop(columns="{column.name}")',
                    ),
                ),
            )  # fmt: skip


def relative_spread(column: ColumnProfile) -> float | None:
    """Standard deviation / largest absolute value; None where it is unknown, or the column holds too few values."""
    if column.std is None or column.min is None or column.max is None or (column.distinct or 0) < 3:
        return None
    size = max(abs(column.min), abs(column.max))
    return column.std / size if size > 0 and math.isfinite(size) else None
