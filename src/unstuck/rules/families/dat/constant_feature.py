"""DAT109: columns that hold (nearly) one value."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.data_types import ColumnType
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.rules.columns import concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ConstantFeature(Rule[DatasetView]):
    """A feature has the same value in (nearly) every row.

    ## What it measures

    For each feature column, its spread compared with its size, and the share of rows that hold its most frequent value.

    ## Why it hurts

    A constant column says nothing about the target. Dividing by its spread of nearly zero, as standardising does,
    turns rounding errors into the largest numbers of the data set.

    ## How it decides

    All values that are present are equal, or the standard deviation is smaller than rounding errors are beside the
    largest value, or at most one row in a thousand (and one row in any case) holds another value, among 100 or more.

    ## Example

    ```python
    frame["version"] = 2   # the same in every row
    ```

    ## Remedies

    Drop the column.

    ## Known limits

    A column that is constant in one split only is reported for that split; whether the splits differ is another rule.

    ## References

    scikit-learn, `sklearn.feature_selection.VarianceThreshold`; `sklearn.preprocessing.StandardScaler` leaves the scale
    of such columns alone for the same reason.
    """

    code: ClassVar[str] = "DAT109"
    name: ClassVar[str] = "constant-feature"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    needs: ClassVar[tuple[str, ...]] = ("column",)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.values",)

    spread: float = threshold(
        1e-7, unit="standard deviation / largest absolute value", source="resolution of float32 (IEEE 754)"
    )

    others: float = threshold(
        0.001, unit="share of rows with another value", source="one row in a thousand; in smaller tables a single row"
    )
    least: float = threshold(100, unit="values", source="among fewer, a single other value is no rarity")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Constant features in the order of the data, then nearly constant ones."""
        found = [column for column in view.features if self._is_constant(column)]
        found += [column for column in view.features if column not in found and self._is_nearly(column)]
        for column in worst(found):
            yield self._found(view, column, len(found))

    def _is_nearly(self, column: ColumnProfile) -> bool:
        if column.most_common_count is None or column.type not in (ColumnType.NUMBER, ColumnType.CATEGORY):
            return False
        others = column.count - column.most_common_count
        return column.count >= self.least and others <= max(1, self.others * column.count)

    def _is_constant(self, column: ColumnProfile) -> bool:
        if column.count == 0:
            return False
        if column.distinct is not None and column.distinct <= 1:
            return True
        return column.std is not None and column.std <= self.spread * _size(column)

    def _found(self, view: DatasetView, column: ColumnProfile, total: int) -> Finding:
        spread = column.std / _size(column) if column.std is not None and _size(column) else 0.0
        near = "" if self._is_constant(column) else "nearly "
        return self.finding(
            f"column `{column.name}` is {near}constant{_others(column) if near else _values(column)}",
            view=view, place=view.place(column.name),
            evidence=(
                Evidence(key="relative_spread", label="standard deviation / largest absolute value", value=spread,
                         threshold=self.spread),
                Evidence(key="rows", label="values present", value=float(column.count), unit="rows"),
                concerned(total),
            ),
            remedies=(
                Remedy(
                    name="drop-column", text=f"Drop the column `{column.name}`.", applicability=Applicability.MANUAL,
                    code=f'frame = frame.drop(columns="{column.name}")',
                ),
            ),
        )  # fmt: skip


def _values(column: ColumnProfile) -> str:
    if column.distinct is not None and column.distinct <= 1:
        value = column.most_common if column.most_common is not None else number(column.mean or 0.0)
        return f": all {count(column.count, 'value')} are {value}"
    mean, std = number(column.mean or 0.0), number(column.std or 0.0)
    return f" up to rounding errors: standard deviation {std} at a mean of {mean} ({count(column.count, 'value')})"


def _others(column: ColumnProfile) -> str:
    others = column.count - (column.most_common_count or 0)
    differ = "differs" if others == 1 else "differ"
    return f": {count(others, 'value')} of {column.count} {differ} from {column.most_common}"


def _size(column: ColumnProfile) -> float:
    ends = [abs(value) for value in (column.min, column.max) if value is not None and math.isfinite(value)]
    return max(ends, default=0.0)
