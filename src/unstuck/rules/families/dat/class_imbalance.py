"""DAT101: one class is so frequent, or another so rare, that accuracy says little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Examples, Finding, Remedy, Severity
from unstuck.record.events.data.labels import ClassBalance
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ClassImbalance(Rule[DatasetView]):
    """One class is so frequent that always predicting it scores high, or another class is rare.

    ## What it measures

    The number of examples of each class in the training split: the share of the most frequent class, and how many
    times as frequent it is as the rarest.

    ## Why it hurts

    Always predicting the most frequent class reaches its share as accuracy. So a high accuracy can hide that the
    other classes are never predicted. The loss is dominated by the frequent class as well.

    ## How it decides

    The most frequent class has `majority` of the examples or more, or is `ratio` times as frequent as the rarest
    class, which has `few` examples at least: fewer are reported as too few examples. Below `ratio` it is information:
    a usual loss still learns both classes, but the accuracy of a constant prediction is worth knowing.

    ## Example

    ```python
    y = (temperature > 45).astype(int)   # 2 % are 1
    ```

    ## Remedies

    Judge by balanced accuracy, or by precision and recall of each class. Weight the loss, or sample the classes evenly.

    ## Known limits

    Regression targets, and several labels for each example, are not judged.

    ## References

    Fernández, García, del Jesus, Herrera, *A study of the behaviour of linguistic fuzzy rule based classification
    systems in the framework of imbalanced data-sets*, 2008: an imbalance of 3 to 9 is medium, above 9 it is high.
    """

    code: ClassVar[str] = "DAT101"
    name: ClassVar[str] = "class-imbalance"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_classes.balance",)
    explained_by: ClassVar[tuple[str, ...]] = ("DAT105",)
    needs: ClassVar[tuple[str, ...]] = ("class_balance",)

    majority: float = threshold(
        0.75, unit="share of the examples", source="three to one, medium imbalance (Fernández et al.)"
    )
    ratio: float = threshold(9, unit="× the rarest class", source="high imbalance (Fernández et al.)")
    few: float = threshold(5, unit="examples", source="DAT111 reports classes with fewer")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The balance of the training split."""
        balance = view.one(ClassBalance)
        if balance is None or view.split.id != 0 or balance.number < 2:
            return
        share = balance.counts[0] / balance.labelled
        ratio = balance.counts[0] / balance.rarest_count
        if share >= self.majority or (ratio >= self.ratio and balance.rarest_count >= self.few):
            yield self._found(view, balance, share, ratio)

    def _found(self, view: DatasetView, balance: ClassBalance, share: float, ratio: float) -> Finding:
        even = 1 / balance.number
        high = ratio >= self.ratio
        return self.finding(
            f"class {balance.classes[0]} has {words.share(share)} of the {balance.labelled} examples, "
            f"{words.number(ratio)} times as many as class {balance.rarest} ({balance.rarest_count}): always "
            f"predicting {balance.classes[0]} has an accuracy of {words.share(share)}, and a balanced accuracy of "
            f"{words.share(even)}",
            view=view, place=view.place(view.split.target, label=balance.rarest),
            severity=Severity.WARNING if high and not view.of_run else Severity.INFO,
            evidence=(
                Evidence(key="majority_share", label="share of the most frequent class", value=share,
                         threshold=self.majority, unit="share of the examples"),
                Evidence(key="imbalance_ratio", label="most frequent class / rarest class", value=ratio,
                         threshold=self.ratio),
            ),
            examples=Examples(
                of="examples of the rarest class", count=balance.rarest_count,
                share=balance.rarest_count / balance.labelled,
            ),
            remedies=(_METRIC, _WEIGHTS),
        )  # fmt: skip


_METRIC = Remedy(
    name="balanced-metric", text="Judge by balanced accuracy, or by precision and recall of each class.",
    applicability=Applicability.MANUAL, code="score = balanced_accuracy_score(y_true, y_predicted)",
)  # fmt: skip
_WEIGHTS = Remedy(
    name="class-weights", text="Weight the classes in the loss by the inverse of their counts, or sample them evenly.",
    applicability=Applicability.MANUAL,
    code="weights = len(y) / (len(counts) * counts)\nloss = F.cross_entropy(logits, y, weight=weights)",
)  # fmt: skip
