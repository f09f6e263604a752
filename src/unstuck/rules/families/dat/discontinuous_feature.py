"""DAT122: the values of a column fall into two far-apart groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.record.events.data.groups import ColumnGap
from unstuck.rules.columns import concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class DiscontinuousFeature(Rule[DatasetView]):
    """The values of a column fall into two groups, and the range between them is empty.

    ## What it measures

    For each column of numbers, the widest range without any value that has at least 5 % of the values on either side.
    Measured: its length in widths of the wider group (from the 2.5 % to the 97.5 % quantile), of the values and, where
    all are positive, of their logarithms, as another unit is a factor. Marks of missing values are left out.

    ## Why it hurts

    Two groups often mean two sources, two units or two kinds of examples in one column. Mean and standard deviation
    then describe neither group: after standardising, each of them is a narrow peak, and what differs inside a group is
    hard to learn. Between the groups, a network has nothing to learn from, and its answers there are arbitrary.

    ## How it decides

    The gap is at least as long as `gap` widths of the wider group, and each group has ten different values or more.
    With fewer, a column holds codes or grades. Only the training data is judged.

    ## Example

    ```python
    frame["temperature"] = [36.6, 37.1, 98.2, 36.9, 99.0]   # Celsius and Fahrenheit
    ```

    ## Remedies

    Look at rows of both groups. Convert units. Where the groups are real, give the network an indicator of the group,
    and scale the values inside each group.

    ## Known limits

    One gap of a column is judged, the widest. A gap with a few values in it, and a jump of the target at one value of
    a column, are not seen.

    ## References

    Silverman, *Using Kernel Density Estimates to Investigate Multimodality*, 1981.
    """

    code: ClassVar[str] = "DAT122"
    name: ClassVar[str] = "discontinuous-feature"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.values",)
    needs: ClassVar[tuple[str, ...]] = ("columns_examined",)

    gap: float = threshold(
        1,
        unit="widths of the wider group",
        source="columns of 21 data sets: up to 0.8; oil-spill: 3 and 31",
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The widest gaps first; of the training data alone."""
        if view.split.id != 0:
            return
        found = [event for event in view.of(ColumnGap) if event.widths >= self.gap]
        found.sort(key=lambda event: -event.widths)
        for event in worst(found):
            yield self._found(view, event, len(found))

    def _found(self, view: DatasetView, event: ColumnGap, total: int) -> Finding:
        upper = event.looked_at - event.lower_count
        column = f'frame["{event.name}"]'
        groups = (
            f"{count(event.lower_count, 'value')} up to {number(event.below)} and {number(upper)} from "
            f"{number(event.above)} on"
        )
        middle = f"{(event.below + event.above) / 2:.6g}"
        return self.finding(
            f"column `{event.name}`: {groups}, with nothing between; the gap is {number(event.widths)} times as wide "
            f"as the wider group{', in logarithms' if event.logarithm else ''}",
            view=view, place=view.place(event.name, row=event.rows[0] if event.rows else None),
            evidence=(
                Evidence(key="gap", label="gap", value=event.widths, threshold=self.gap,
                         unit="widths of the wider group"),
                Evidence(key="below", label="last value before the gap", value=event.below),
                Evidence(key="above", label="first value after the gap", value=event.above),
                Evidence(key="smaller_share", label="share of the smaller group",
                         value=min(event.lower_count, upper) / event.looked_at, unit="share"),
                concerned(total),
            ),
            examples=view.examples(event.rows, min(event.lower_count, upper)),
            remedies=(
                Remedy(
                    name="look-at-groups", applicability=Applicability.MANUAL,
                    text=f"Compare the groups of `{event.name}`: are they two sources or two units?",
                    code=f"frame.groupby({column} > {middle}).describe()",
                ),
                Remedy(
                    name="mark-groups", applicability=Applicability.MANUAL,
                    text="Where both are real, add an indicator of the group, and scale inside each group.",
                    code=f'frame["{event.name}_high"] = ({column} > {middle}).astype(float)',
                ),
            ),
        )  # fmt: skip
