"""GEN101: a simple model, or a constant, does as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.metrics import METRICS
from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.record.events.model.numbers import ClassScore, Compared
from unstuck.rules.rule import ANY_CAUSE, Rule, TooLittle, threshold


@dataclass(frozen=True)
class WorseThanBaseline(Rule[ModelView]):
    """A simple model does better than the network on the same held-out examples, or a constant does as well.

    ## What it measures

    The metric that decides, of the network and of what it is compared with, on the same examples: nearest neighbours,
    a linear model, a support vector machine and boosted trees that are fitted to the training data (`--train`), and
    the best constant prediction. The difference has a paired bootstrap interval.

    ## Why it hurts

    The network costs more and gives less. Mostly something is wrong with it: inputs that are not scaled, a training
    that ended too early, overfitting, preparation that differs between training and test.

    ## How it decides

    A simple model is better by `difference` or more (of an error without bounds by `relative`), with a one-sided
    p value below `level`, corrected for the number of models. Or the 95 % interval of the network's score holds the
    score of the best constant.

    ## Example

    ```python
    model = nn.Sequential(nn.Linear(30, 512), nn.ReLU(), nn.Linear(512, 2))   # on columns from 0.01 to 4,000
    ```

    ## Remedies

    Use the simple model, or find out what it sees that the network does not: `unstuck run train.py` says why a network
    does not learn, `unstuck preflight train.py` what is wired wrong.

    ## Known limits

    Of more than 20,000 training examples the simple models get a part. They see images as pixels.

    ## References

    Grinsztajn, Oyallon, Varoquaux, *Why do tree-based models still outperform deep learning on tabular data?*, 2022.
    """

    code: ClassVar[str] = "GEN101"
    name: ClassVar[str] = "worse-than-baseline"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("metric_score",)
    figures: ClassVar[tuple[str, ...]] = ("model_scores.compared",)

    difference: float = threshold(0.02, unit="of a metric from 0 to 1", source="provisional: less does not matter")
    relative: float = threshold(0.05, unit="share of the simple model's error", source="provisional: as above")
    level: float = threshold(0.01, unit="p value", source="one false alarm in a hundred good networks")
    examples: float = threshold(50, unit="examples", source="fewer leave intervals wider than 0.2")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """The constant first, then the best of the simple models."""
        if view.about.examples < self.examples:
            raise TooLittle(f"{count(int(self.examples), 'example')} to compare on (there are {view.about.examples})")
        if view.about.task.has_classes and sum(one.count > 0 for one in view.of(ClassScore)) == 1:
            raise TooLittle("held-out labels of two classes or more")
        useless = self._no_better_than_constant(view)
        if useless is not None:
            yield useless
            return
        simple = [one for one in view.of(Compared) if one.sort == "simple" and not one.skipped]
        if not simple:
            raise TooLittle("training data (--train), to which simple models can be fitted")
        better = [one for one in simple if self._better(one, len(simple))]
        if better:
            best = max(better, key=lambda one: one.other if METRICS[one.metric].higher_is_better else -one.other)
            yield self._found(view, best)

    def _no_better_than_constant(self, view: ModelView) -> Finding | None:
        score = view.score(view.about.metric)
        if score is None or score.constant is None or score.low is None or score.high is None:
            return None
        up = METRICS[score.metric].higher_is_better
        if (score.low > score.constant) if up else (score.high < score.constant):
            return None
        title = METRICS[score.metric].title
        return self.finding(
            f"{title} {number(score.value)} [{number(score.low)}, {number(score.high)}] is no better than the "
            f"{number(score.constant)} of a constant prediction ({score.constant_name})",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="score", label=title, value=score.value),
                Evidence(key="constant", label=f"{title} of a constant", value=score.constant),
            ),
            remedies=(_LEARN,),
        )  # fmt: skip

    def _better(self, one: Compared, tried: int) -> bool:
        worse = -one.difference if METRICS[one.metric].higher_is_better else one.difference
        least = self.difference if METRICS[one.metric].bounded else self.relative * abs(one.other)
        return worse >= least and one.p_worse is not None and one.p_worse * tried < self.level

    def _found(self, view: ModelView, one: Compared) -> Finding:
        title = METRICS[one.metric].title
        also = "" if one.p_mcnemar is None else (
            f"; {count(one.only_other, 'example')} only {one.against} predicts right, {number(one.only_model)} "
            "only the network"
        )
        return self.finding(
            f"{title} {number(one.value)} is worse than the {number(one.other)} of {one.against} on the same "
            f"{count(one.examples, 'example')}{also}",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="score", label=f"{title} of the network", value=one.value),
                Evidence(key="simple", label=f"{title} of {one.against}", value=one.other),
                Evidence(key="p_worse", label="p value that the network is not worse", value=one.p_worse or 0.0,
                         threshold=self.level),
            ),
            remedies=(_SIMPLE,),
        )  # fmt: skip


_LEARN = Remedy(
    name="find-out-why-it-does-not-learn",
    text="Run `unstuck run train.py` and `unstuck preflight train.py` on the training: the network says nothing about "
    "these examples.",
    applicability=Applicability.MANUAL,
)
_SIMPLE = Remedy(
    name="take-the-simple-model",
    text="Use the simple model, or standardise the inputs and train longer until the network beats it; "
    "`unstuck run train.py` says what is wrong.",
    applicability=Applicability.MANUAL,
    code="scaler = StandardScaler().fit(X_train)\nX_train, X_test = map(scaler.transform, (X_train, X_test))",
)
