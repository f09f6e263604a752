"""DAT107: values are missing, infinite, or stand for missing ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.data_types import ColumnType
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.marks import Marks
from unstuck.record.events.data.splits import Split
from unstuck.record.events.data.values import MissingFacts, Sentinel
from unstuck.rules.columns import as_one, concerned, worst
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class MissingValues(Rule[DatasetView]):
    """Values of a column are missing, infinite, or a number or mark stands for missing ones.

    ## What it measures

    For each column, the values that are NaN, empty or infinite, over all rows. Among the values that are present: one
    repeated value far from all others (-999, 9999); usual codes that are too frequent for the column; -1 as the only
    negative value; zeros apart from values that are clearly positive; marks such as `?` or `unknown` among names; the
    mean or the median of a column, far more often than any other value.

    ## Why it hurts

    One NaN in a batch makes the loss NaN, and after the next update all weights. A code such as -999 is read as a
    number: it dominates the scale of its column, and the network learns that these people are very young.

    ## How it decides

    Any NaN or infinity is reported: as an error in arrays, which go into a network as they are, as a warning in tables,
    where a step of preparation usually follows. A sentinel is a repeated value at least 4 standard deviations away from
    all others (1 for codes of nines that are twice as large as any other value), or a value that stands out as said
    above. Zeros count where the other values are clearly positive (mean at least 2 standard deviations), none of them
    is near zero, at most 45 % are zero, and no column with honest zeros is zero in the same rows; for other amounts
    only where another column of the same table lacks its values in the same rows. A value that repeats five times as
    often as any other one, among others that are nearly all different, and is their mean or median, is an information:
    somebody imputed missing values, and no column may say where.

    ## Example

    ```python
    frame["insulin"].eq(0).mean()   # 0.49: nobody alive has none
    ```

    ## Remedies

    Replace sentinels by NaN when reading the data. Then impute, and add a column that says what was missing; or drop
    the rows or the column.

    ## Known limits

    Zeros among amounts that may honestly be zero (rain, sales), counts and pixels are not reported. A missing value
    replaced by the mean or the median of a column of few different values is one of many equal ones. In a standardised
    column zeros are found where the values lie in even steps (whole numbers, tenths, …): a logarithm or a power sets
    honest zeros apart as well. At least three equal values are needed, and more than ten different other ones.

    ## References

    Little, Rubin, *Statistical Analysis with Missing Data*, 2019. scikit-learn, `SimpleImputer(add_indicator=True)`.
    """

    code: ClassVar[str] = "DAT107"
    name: ClassVar[str] = "missing-values"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_columns.values",)
    needs: ClassVar[tuple[str, ...]] = ("columns_examined",)

    least: float = threshold(0, unit="share of the rows", source="one NaN is enough to make all weights NaN")
    far: float = threshold(
        4, unit="standard deviations", source="3.1: the bound -1 of a measurement (ionosphere)"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The columns with errors first, then those with the largest share of missing values."""
        seen: dict[str, list[MissingFacts]] = {}
        for event in view.of(MissingFacts):
            seen.setdefault(event.name, []).append(event)
        marks = {event.column: event for event in view.of(Marks)}
        lacks = [
            _Lacking(view, column, seen.get(column.name, []), marks.get(column.name)) for column in view.features
        ]
        found = [one for one in lacks if one.share > self.least]
        found.sort(key=lambda one: (one.severity.weight, -one.share))
        together = as_one(found, lambda one: one.column.name, (column.name for column in view.features))
        for one in worst(together):
            yield self._found(view, one.item, len(found), one.words)

    def _found(self, view: DatasetView, one: _Lacking, total: int, others: str) -> Finding:
        name = one.column.name
        evidence = [
            Evidence(key="missing_share", label="values that are missing", value=one.share, threshold=self.least,
                     unit="share"),
            concerned(total),
        ]  # fmt: skip
        for event in one.sentinels:
            if event.found_by is not Sentinel.MARK:
                value, away = float(event.sentinel or 0), event.distance or 0.0
                evidence += [
                    Evidence(key="sentinel_value", label="value that stands for missing", value=value),
                    Evidence(key="distance", label="distance to the nearest other value", value=away,
                             threshold=self.far if event.found_by is Sentinel.FAR else None,
                             unit="standard deviations"),
                ]  # fmt: skip
        return self.finding(
            f"column `{name}`{others}: {one.words()}", view=view, place=view.place(name), severity=one.severity,
            confidence=Confidence.MEASURED if one.nulls else Confidence.SUSPECTED, evidence=tuple(evidence),
            examples=view.examples(one.rows, round(one.share * (view.split.looked_at or view.split.rows))),
            remedies=tuple(one.remedies()),
        )  # fmt: skip


class _Lacking:
    """What is missing in one column."""

    def __init__(
        self, view: DatasetView, column: ColumnProfile, events: Sequence[MissingFacts], marks: Marks | None
    ) -> None:
        self.column = column
        self.tried = view.of_run
        self.marks = marks
        self.sentinels = [event for event in events if event.sentinel is not None]
        self.rows_of_split = max(1, column.count + column.missing)
        self.nulls = column.missing + column.infinite
        looked_at = max(1, *(event.looked_at for event in events)) if events else 1
        self.share = self.nulls / self.rows_of_split + sum(one.sentinel_count for one in self.sentinels) / looked_at
        self.rows = tuple(dict.fromkeys(row for event in events for row in event.rows))[:MOST_ROWS]
        self.severity = Severity.ERROR if self.nulls and enters_network(view.split) else Severity.WARNING
        self.imputed = bool(self.sentinels) and all(one.found_by is Sentinel.IMPUTED for one in self.sentinels)
        if self.imputed and not self.nulls:
            self.severity = Severity.INFO

    def words(self) -> str:
        """What is missing, and how much."""
        parts = []
        column, rows = self.column, self.rows_of_split
        if column.missing == rows:
            return f"all {count(rows, 'value')} are missing"
        if column.missing:
            parts.append(f"{number(column.missing)} of {count(rows, 'value')} missing ({share(column.missing / rows)})")
            parts += _as_given(self.marks)
        if column.infinite:
            parts.append(f"{number(column.infinite)} of {count(rows, 'value')} infinite")
        return "; ".join([*parts, *map(_sentinel, self.sentinels)])

    def remedies(self) -> Iterator[Remedy]:
        """First the sentinels, then what is missing."""
        name = self.column.name
        if self.imputed:
            yield Remedy(
                name="tell-imputed", text=f"Add a column that says where `{name}` was missing before it was imputed.",
                applicability=Applicability.MANUAL,
                code='inputs = SimpleImputer(strategy="median", add_indicator=True).fit_transform(inputs)',
            )  # fmt: skip
            return
        for event in self.sentinels:
            value = event.sentinel if event.found_by is not Sentinel.MARK else repr(event.sentinel)
            if self.tried and self.column.type is ColumnType.NUMBER:
                yield _REPLACE
            yield Remedy(
                name="mark-missing", text=f"Replace {value} in `{name}` by NaN when the data is read.",
                applicability=Applicability.MANUAL, code=f'frame["{name}"] = frame["{name}"].replace({value}, np.nan)',
            )  # fmt: skip
        if self.column.type is ColumnType.NUMBER:
            yield Remedy(
                name="impute", text="Impute what is missing, and add a column that says where it was.",
                applicability=Applicability.MANUAL,
                code='inputs = SimpleImputer(strategy="median", add_indicator=True).fit_transform(inputs)',
            )  # fmt: skip
        elif self.column.type is ColumnType.TIME:
            yield Remedy(
                name="mark-where-missing", text=f"Add a column that says where `{name}` is missing.",
                applicability=Applicability.MANUAL, code=f'frame["{name} missing"] = frame["{name}"].isna()',
            )  # fmt: skip
        else:
            yield Remedy(
                name="own-value", text="Give what is missing a value of its own.", applicability=Applicability.MANUAL,
                code=f'frame["{name}"] = frame["{name}"].fillna("missing")',
            )  # fmt: skip


_REPLACE = Remedy(
    name="replace-sentinels", text="Replace the value by the median of the other values of its column.",
    applicability=Applicability.TRIAL, code="column[column == value] = np.median(column[column != value])",
)  # fmt: skip


def enters_network(split: Split) -> bool:
    """Whether it went into a network, or will as it is: no table file and no frame."""
    source = split.source
    array = source == "array" or source.endswith((".npy", ".npz")) or "DataLoader" in source or "Tensor" in source
    return array or split.training is not None


def _as_given(marks: Marks | None) -> Iterator[str]:
    """What stood in their place."""
    if marks is not None and marks.marked:
        yield f"{number(marks.marked)} of them marked {', '.join(f'`{mark}`' for mark, _ in marks.marks[:3])}"
    if marks is not None and marks.not_numbers:
        text = marks.unreadable[0][0]
        yield f"{count(marks.not_numbers, 'text')} in a column of numbers, such as `{text}`"


def _sentinel(event: MissingFacts) -> str:
    part = share(event.sentinel_count / event.looked_at)
    rows = f"{number(event.sentinel_count)} of {count(event.looked_at, 'row')} ({part})"
    if event.found_by is Sentinel.MARK:
        return f"`{event.sentinel}` stands for a missing value in {rows}"
    if event.found_by is Sentinel.IMPUTED:
        return f"{number(float(event.sentinel or 0))}, the middle of all others, stands in {rows}: it seems imputed"
    ends = f"the others are {number(event.least or 0.0)} … {number(event.greatest or 0.0)}"
    return f"{number(float(event.sentinel or 0))} seems to stand for a missing value in {rows}; {ends}"
