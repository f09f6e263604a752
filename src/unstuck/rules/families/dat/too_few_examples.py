"""DAT111: too few examples for what is to be learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.record.events.data.amounts import ExampleCounts
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class TooFewExamples(Rule[DatasetView]):
    """There are too few examples for the number of classes or of inputs.

    ## What it measures

    Examples of each class of the training data, and rows for each column of a table.

    ## Why it hurts

    A class with a handful of examples can be memorised, not learned, and there are none left to test it on. With fewer
    rows than columns any labels, random ones too, can be fitted exactly.

    ## How it decides

    All limits are rules of thumb. A warning: a class with fewer than 6 examples, or fewer rows than columns. An
    information: a class with fewer than 10, or fewer than 5 rows for each column.

    ## Example

    ```python
    labels.value_counts().tail(3)   # 4, 2, 1
    ```

    ## Remedies

    Collect more of the rare classes, merge or drop them. With more columns than rows, select or project columns,
    regularise, and judge by repeated cross-validation.

    ## Known limits

    How hard the problem is decides how many examples it needs: a learning curve says more. The size of the network is
    judged when it is trained (overfitting). Columns that depend on each other count as many.

    ## References

    Harrell, *Regression Modeling Strategies*, 2015, section 4.4. Raudys, Jain, *Small sample size effects in
    statistical pattern recognition*, 1991.
    """

    code: ClassVar[str] = "DAT111"
    name: ClassVar[str] = "too-few-examples"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_classes.balance",)
    needs: ClassVar[tuple[str, ...]] = ("example_counts",)

    severe: float = threshold(6, unit="examples of a class", source="rule of thumb: one for each of 5 folds, one more")
    few: float = threshold(10, unit="examples of a class", source="rule of thumb")
    narrow: float = threshold(1, unit="rows for each column", source="with fewer, a linear model fits any labels")
    tight: float = threshold(5, unit="rows for each column", source="rule of thumb: 5 to 15 (Harrell 2015)")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The rarest class, then the shape of the table; of the training data alone."""
        counts = view.one(ExampleCounts)
        if counts is None or view.split.id != 0:
            return
        scale = view.split.rows / counts.examples if view.split.looked_at and counts.examples else 1.0
        if counts.classes and counts.classes[0][1] * scale < self.few and counts.class_count > 1:
            yield self._classes(view, counts, scale)
        if counts.inputs > 1 and counts.examples * scale < self.tight * counts.inputs:
            yield self._columns(view, counts, scale)

    def _classes(self, view: DatasetView, counts: ExampleCounts, scale: float) -> Finding:
        name, least = counts.classes[0]
        rare = sum(one * scale < self.few for _, one in counts.classes)
        others = f"; {rare} of {counts.class_count} classes have fewer than {self.few:g}" if rare > 1 else ""
        return self.finding(
            f"class `{name}` has {count(round(least * scale), 'example')}{others}",
            view=view, place=view.place(label=name), confidence=Confidence.MEASURED,
            severity=Severity.WARNING if least * scale < self.severe else Severity.INFO,
            evidence=(
                Evidence(key="examples_per_class", label="examples of the smallest class", value=least * scale,
                         threshold=self.few, unit="examples"),
                Evidence(key="rare_classes", label="classes with so few", value=float(rare), unit="classes"),
            ),
            examples=view.examples(counts.rows, least),
            remedies=(
                Remedy(
                    name="collect", text=f"Collect more examples of `{name}`, or merge rare classes.",
                    applicability=Applicability.MANUAL,
                ),
            ),
        )  # fmt: skip

    def _columns(self, view: DatasetView, counts: ExampleCounts, scale: float) -> Finding:
        ratio = counts.examples * scale / counts.inputs
        rows = count(round(counts.examples * scale), "row")
        return self.finding(
            f"{rows} for {count(counts.inputs, 'column')}: {number(ratio)} for each",
            view=view, place=view.place(),
            severity=Severity.WARNING if ratio < self.narrow else Severity.INFO,
            evidence=(
                Evidence(key="rows_per_column", label="rows for each column", value=ratio, threshold=self.tight,
                         unit="rows"),
            ),
            remedies=(
                Remedy(
                    name="fewer-columns", text="Select or project columns, and regularise strongly.",
                    applicability=Applicability.MANUAL,
                    code="inputs = PCA(n_components=0.95).fit_transform(StandardScaler().fit_transform(inputs))",
                ),
            ),
        )  # fmt: skip
