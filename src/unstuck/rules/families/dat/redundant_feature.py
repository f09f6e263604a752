"""DAT110: a column follows from another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.values import RedundantColumn, Relation
from unstuck.rules.columns import concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class RedundantFeature(Rule[DatasetView]):
    """A column is a copy of another one, a multiple of it, or another name for the same categories.

    ## What it measures

    Whether two columns hold the same values; the correlation of columns of numbers; whether two columns, one of them
    with names, divide the rows into the same groups.

    ## Why it hurts

    Usually little: the network has more inputs than it needs. But weights and attributions are shared between the
    copies, so that neither looks important, and two columns in different units are easily mistaken for two facts.

    ## How it decides

    The values or the groups are the same, or |r| is at least 0.9999, over all rows that are looked at. At least 30 rows
    must differ from the most frequent value.

    ## Example

    ```python
    frame["inches"] = frame["centimetres"] / 2.54
    ```

    ## Remedies

    Drop one of the two.

    ## Known limits

    Columns that follow from several others together (sums, differences) are not found. In tables of more than 2,000
    columns only copies are.

    ## References

    Dormann et al., *Collinearity: a review*, Ecography, 2013.
    """

    code: ClassVar[str] = "DAT110"
    name: ClassVar[str] = "redundant-feature"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.beside",)
    needs: ClassVar[tuple[str, ...]] = ("columns_examined",)

    correlation: float = threshold(
        0.9999, unit="|r|", source="a copy rounded to a fiftieth of its spread has 0.99998; radius and perimeter 0.998"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Copies first, then by correlation; of the training data alone."""
        if view.split.id != 0:
            return
        found = [event for event in view.of(RedundantColumn) if abs(event.correlation) >= self.correlation]
        found.sort(key=lambda event: (list(Relation).index(event.relation), -abs(event.correlation)))
        for event in worst(found):
            yield self.finding(
                f"column `{event.name}` {_WORDS[event.relation]} `{event.of}`{_how(event)}",
                view=view, place=view.place(event.name),
                evidence=(
                    Evidence(key="correlation", label="correlation", value=event.correlation,
                             threshold=self.correlation),
                    Evidence(key="rows", label="rows that were compared", value=float(event.looked_at), unit="rows"),
                    concerned(len(found)),
                ),
                remedies=(
                    Remedy(
                        name="drop-column", text=f"Drop the column `{event.name}`.", applicability=Applicability.MANUAL,
                        code=f'frame = frame.drop(columns="{event.name}")',
                    ),
                ),
            )  # fmt: skip


_WORDS = {
    Relation.COPY: "is a copy of",
    Relation.LINEAR: "is a multiple of",
    Relation.ONE_TO_ONE: "has the same groups as",
}


def _how(event: RedundantColumn) -> str:
    if event.relation is Relation.LINEAR:
        said = f", with or without an offset: correlation {event.correlation:.6f} over {event.looked_at} rows"
        return said.replace("-", "−")
    return f" in all {event.looked_at} rows"
