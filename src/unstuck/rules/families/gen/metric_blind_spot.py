"""GEN109: the metric rewards a useless model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.metrics import METRICS
from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.data_types import Task
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.model.numbers import ClassScore, MetricScore
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class MetricBlindSpot(Rule[ModelView]):
    """A model that says nothing about its input scores high by the metric that was chosen.

    ## What it measures

    What the best constant prediction scores by the metric that decides: always the most frequent class, always another
    class, the frequencies as probabilities. Where nobody chose a metric, accuracy is judged, for it is what people look
    at.

    ## Why it hurts

    99.9 % of all days have no earthquake. A network that always says no is right on 99.9 % of them, and has found
    nothing.

    ## How it decides

    A constant reaches `useless` or more, and the network closes less than `closed` of the gap between the constant and
    a perfect score. Where the network closes more and the metric was chosen by the user, it is information.

    ## Example

    ```python
    accuracy = (model(x).argmax(1) == y).float().mean()   # of 5,000 days, 12 with an earthquake
    ```

    ## Remedies

    Judge by a metric that a constant does not satisfy: average precision, balanced accuracy, macro F1.

    ## Known limits

    Only constants are tried. A metric that a shortcut satisfies is not found here.

    ## References

    Saito and Rehmsmeier, *The precision-recall plot is more informative than the ROC plot when evaluating binary
    classifiers on imbalanced datasets*, 2015.
    """

    code: ClassVar[str] = "GEN109"
    name: ClassVar[str] = "metric-blind-spot"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("metric_score",)
    figures: ClassVar[tuple[str, ...]] = ("model_scores.blind_spot",)

    useless: float = threshold(0.9, unit="of a metric from 0 to 1", source="nine of ten right without looking")
    closed: float = threshold(0.2, unit="share of the gap to 1", source="provisional, see docs/log.md")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """The chosen metric; accuracy where none was."""
        about = view.about
        score = view.score(about.metric if about.metric_given else "accuracy")
        if score is None or score.constant is None or about.task is Task.REGRESSION:
            return
        meaning = METRICS[score.metric]
        if not (meaning.bounded and meaning.higher_is_better and self.useless <= score.constant < 1):
            return
        closed = (score.value - score.constant) / (1 - score.constant)
        if closed >= self.closed and not about.metric_given:
            return
        yield self._found(view, score, score.constant, closed)

    def _found(self, view: ModelView, score: MetricScore, constant: float, closed: float) -> Finding:
        title = METRICS[score.metric].title
        rare = min((one for one in view.of(ClassScore) if one.count), key=lambda one: one.count, default=None)
        caught = ""
        if rare is not None and rare.recall is not None:
            caught = f"; of {rare.count} examples of `{rare.label}` the network finds {round(rare.recall * rare.count)}"
        other = "average_precision" if view.about.task is Task.BINARY else "f1"
        instead = view.score(other)
        by_other = "" if instead is None else f"; {METRICS[other].title} is {number(instead.value)}"
        yes = closed < self.closed
        return self.finding(
            f"a constant prediction ({score.constant_name}) reaches {title} {number(constant)}, the network "
            f"{number(score.value)}{caught}{by_other}",
            view=view, place=view.place(label=None if rare is None else rare.label),
            severity=Severity.WARNING if yes else Severity.INFO,
            evidence=(
                Evidence(key="constant", label=f"{title} of a constant", value=constant, threshold=self.useless),
                Evidence(key="score", label=f"{title} of the network", value=score.value),
                Evidence(key="closed", label="share of the gap that the network closes", value=closed,
                         threshold=self.closed, unit="share"),
            ),
            remedies=(_remedy(other),),
        )  # fmt: skip


def _remedy(metric: str) -> Remedy:
    return Remedy(
        name="choose-metric",
        text=f"Judge by {METRICS[metric].title}, or by the recall of the rare class: --metric {metric}.",
        applicability=Applicability.MANUAL,
        code="average_precision_score(y_test, probabilities)" if metric == "average_precision" else (
            "f1_score(y_test, predicted, average='macro')"
        ),
    )  # fmt: skip
