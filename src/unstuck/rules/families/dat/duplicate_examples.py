"""DAT105: examples that stand in a split more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.data_types import ColumnType
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.copies import Duplicates, Sameness
from unstuck.rules.rule import Rule, threshold

MOST_NAMED = 3
"""columns that a message names"""


@dataclass(frozen=True)
class DuplicateExamples(Rule[DatasetView]):
    """Examples of one split repeat others, exactly or nearly.

    ## What it measures

    Exact copies: examples whose input and label equal those of an earlier example, as they were given. Identifier
    columns do not count. Near copies: examples whose distance to the nearest one lies below a gap in the distances.
    Tables are compared with standardised columns; texts, names and categories of many values must be equal. Images
    are compared by their brightness pattern, texts by their words.

    ## Why it hurts

    A copy counts twice in the loss and in every metric. After a random split its twin is in the training data, so
    the held-out metric is too good.

    ## How it decides

    Exact: at least `count` examples and `share` of the split repeat an earlier one, and `beyond_chance` times as many
    as independent columns would give. Near: the same counts, and the next example is farther by a factor of
    exp(`gap`) or more, and the distances of all other examples make so many close ones improbable (`tail`).
    In a split where `coarse` of the examples have an exact copy, near copies are not judged. Where one example makes up
    `most` of the split, and `beyond_columns` times as much as independent columns would give, it is a warning.

    ## Example

    ```python
    frame = pandas.concat([january, february, february])
    ```

    ## Remedies

    Drop the copies, before splitting.

    ## Known limits

    Rounded or categorical tables hold equal rows that are different examples. Images that are flipped or shifted by
    several pixels are not recognised as copies.

    ## References

    Barz and Denzler, *Do We Train on Test Data? Purging CIFAR of Near-Duplicates*, 2020.
    """

    code: ClassVar[str] = "DAT105"
    name: ClassVar[str] = "duplicate-examples"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("DAT106",)
    needs: ClassVar[tuple[str, ...]] = ("duplicates",)
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)

    share: float = threshold(0.005, unit="share of the examples", source="fewer copies change no metric visibly")
    count: float = threshold(3, unit="examples", source="two equal rows happen in clean data (iris, ionosphere)")
    beyond_chance: float = threshold(
        3, unit="× the copies expected of independent columns", source="a table of few categories repeats itself"
    )
    gap: float = threshold(
        0.3, unit="natural logarithm of a distance ratio", source="clean panel: below 0.3 except in coarse tables"
    )
    tail: float = threshold(1e-5, unit="probability", source="clean panel: no alarm in 21 data sets")
    coarse: float = threshold(0.01, unit="share of the examples", source="phoneme and mammography have more")

    most: float = threshold(0.75, unit="share of the examples", source="three to one, as for the classes of DAT101")
    beyond_columns: float = threshold(
        1.5, unit="× the copies expected of independent columns", source="sparse tables, most of whose rows are zero: 1"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Exact copies, then near ones."""
        for event in view.of(Duplicates):
            if event.count < max(self.count, self.share * event.looked_at):
                continue
            if self._is_most(event):
                yield self._found(view, event, _of_one(event), Severity.WARNING)
            elif event.sameness is Sameness.EXACT and event.count >= self.beyond_chance * (event.by_chance or 0.0):
                message = f"{_of(event)} repeat an earlier example exactly, label included"
                yield self._found(view, event, message + _but_for(left_out(view)))
            elif event.sameness is Sameness.NEAR and self._is_apart(event):
                yield self._found(
                    view, event,
                    f"{_of(event)} nearly repeat another example: their distance to it is at most "
                    f"{words.number(event.distance or 0.0)}, usually it is {words.number(event.typical or 0.0)}",
                )  # fmt: skip

    def _is_apart(self, event: Duplicates) -> bool:
        near = event.gap is not None and event.gap >= self.gap and event.tail is not None and event.tail < self.tail
        return near and (event.own_share or 0.0) < self.coarse

    def _is_most(self, event: Duplicates) -> bool:
        by_chance = self.beyond_columns * (event.largest_by_chance or 0.0)
        return event.sameness is Sameness.EXACT and event.largest >= max(self.most * event.looked_at, by_chance)

    def _found(
        self, view: DatasetView, event: Duplicates, message: str, severity: Severity = Severity.INFO
    ) -> Finding:
        evidence = [
            Evidence(key="duplicate_share", label="examples that repeat another one", unit="share of examples",
                     value=event.count / event.looked_at, threshold=self.share),
            Evidence(key="groups", label="different examples that are repeated", value=float(event.groups)),
        ]  # fmt: skip
        if event.gap is not None:
            evidence.append(
                Evidence(key="gap", label="gap in the distances", value=event.gap, threshold=self.gap,
                         unit="natural logarithm")
            )  # fmt: skip
        return self.finding(
            message, view=view, place=view.place(row=next(iter(event.rows), None)), severity=severity,
            evidence=tuple(evidence), examples=view.examples(event.rows, event.count),
            remedies=(_drop(left_out(view)),),
        )  # fmt: skip


def _of_one(event: Duplicates) -> str:
    share = words.share(event.largest / event.looked_at)
    return (
        f"one example makes up {share} of the split: row {event.largest_row} stands {words.number(event.largest)} "
        f"times in {words.number(event.looked_at)} examples, label included"
    )


def _of(event: Duplicates) -> str:
    share = words.share(event.count / event.looked_at)
    return f"{words.number(event.count)} of {words.number(event.looked_at)} examples ({share})"


def left_out(view: DatasetView) -> tuple[str, ...]:
    """Columns that are not compared: keys, and those of groups and of time."""
    keys = (column.name for column in view.features if column.type is ColumnType.IDENTIFIER)
    named = (view.split.group_column, view.split.time_column)
    return tuple(dict.fromkeys((*keys, *(name for name in named if name))))


def _but_for(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"; {', '.join(f'`{name}`' for name in names[:MOST_NAMED])}{more} left out" if names else ""


def _drop(names: tuple[str, ...]) -> Remedy:
    rest = f"frame.columns.difference({list(names)})" if names else ""
    return Remedy(
        name="drop-duplicates",
        text="Drop the copies before the data is split, unless each of them was observed separately.",
        applicability=Applicability.MANUAL,
        code=f"frame = frame.drop_duplicates({rest})",
    )
