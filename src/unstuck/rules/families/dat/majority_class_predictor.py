"""DAT102: one class is the answer to everything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from unstuck.analysis.run.batches import counted, sites
from unstuck.analysis.run.status import MIN_STEPS
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.reader import Event
from unstuck.rules.rule import ANY_CAUSE, Rule, threshold


@dataclass(frozen=True)
class MajorityClassPredictor(Rule[TrainingView]):
    """The network gives (almost) one class whatever it is shown.

    ## What it measures

    In the sampled steps of the last third of the training: how many answers are the commonest one, how often that
    class is the label, and how many examples of all other classes were recognised.

    ## Why it hurts

    Such a network has learned at most how frequent the classes are. Its accuracy is the share of the commonest
    class, which looks good where that class is common.

    ## How it decides

    One class takes nearly all answers, hardly an example of the others is recognised, and enough of those others
    were seen. Where it is the commonest class, the loss must not be below that of always giving the class
    frequencies: a network that ranks rare cases well, without ever calling one likelier than not, is sound. Labels
    that are left out of the loss do not count. A discriminator, whose calls hold one label each, is no classifier of
    this kind.

    ## Example

    ```python
    weight = torch.tensor([100.0, 1.0])
    loss = F.cross_entropy(model(x), y, weight=weight)   # so that class 0 is always the cheapest answer
    ```

    ## Remedies

    Remove the cause named above this finding. Without one: overfit a single balanced batch first.

    ## Known limits

    Losses written by hand show no answers, and several independent labels for each example are not judged. A step
    is sampled, not every one: a class of which fewer than `others` examples were sampled says nothing.

    ## References

    He, Garcia, *Learning from imbalanced data*, 2009: accuracy hides what happens to the rare class.
    """

    code: ClassVar[str] = "DAT102"
    name: ClassVar[str] = "majority-class-predictor"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE, "DAT101")
    needs: ClassVar[tuple[str, ...]] = ("loss_call",)
    figures: ClassVar[tuple[str, ...]] = ("answers.majority",)
    common_in_searches: ClassVar[bool] = True

    answers: float = threshold(0.98, unit="share of the answers", source="one class, but for single examples")
    recall: float = threshold(0.05, unit="share of the other classes' examples", source="next to none recognised")
    others: float = threshold(
        20, unit="examples of other classes", source="at a recall of one half, none of them is one in a million"
    )
    gain: float = threshold(
        0.05, unit="share of the trivial loss", source="a ranking worth having takes away more without one hit"
    )
    last: float = threshold(1 / 3, unit="share of the training", source="at its beginning every network does so")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the calls that were trained on; by those of an evaluation where these show no answers."""
        status = view.status
        if status.verdict in (Verdict.TOO_SHORT, Verdict.NO_TRAINING) or not status.objective:
            return
        gained = status.explained is not None and status.explained > self.gain
        gained = gained or (status.baseline is None and status.verdict is Verdict.LEARNED)
        end = max((int(series.index[-1]) for series in view.training.losses), default=0)
        for phase in ("train", "eval"):
            for calls in sites(view.training, phase).values():
                late = self._late([call for _, call in calls], end, stuck=not gained)
                finding = self._judge(view, late, gained=gained)
                if finding is not None:
                    yield finding
                    return

    def _late(self, calls: Sequence[Event], end: int, *, stuck: bool) -> Sequence[Event]:
        """The calls of the last part; of a training that got nowhere, the last ones that were sampled."""
        late = [call for call in calls if call["step"] >= (1 - self.last) * end]
        if not stuck or not calls:
            return late
        sampled = [call for call in calls[-math.ceil(self.last * len(calls)) :] if call["step"] >= MIN_STEPS]
        return max(late, sampled, key=len)

    def _judge(self, view: TrainingView, calls: Sequence[Event], *, gained: bool) -> Finding | None:
        answers, labels, hits = counted(calls)
        total, seen = sum(answers.values()), sum(labels.values())
        if not total or not seen or len(labels) < 2 or all(_one_label(call) for call in calls):
            return None
        top, number = answers.most_common(1)[0]
        others = seen - labels[top]
        recognised = (sum(hits.values()) - hits[top]) / others if others else math.nan
        share, of_labels = number / total, labels[top] / seen
        if others < self.others or share < self.answers or recognised > self.recall or of_labels >= share:
            return None
        if gained and top == labels.most_common(1)[0][0]:
            return None
        place = Place(file=calls[0].get("file"), line=calls[0].get("line"))
        if place.file is None:
            place = view.loss_place()
        return self.finding(
            f"{words.share(share)} of the answers are class {top}, which is {words.share(of_labels)} of the labels: "
            f"{words.share(recognised)} of {others} examples of other classes are recognised",
            view=view, place=place, first_step=int(calls[0]["step"]),
            evidence=(
                Evidence(label=f"answers that are class {top}", value=share, threshold=self.answers, unit="share"),
                Evidence(label=f"labels that are class {top}", value=of_labels, unit="share"),
                Evidence(label="recall of all other classes", value=recognised, threshold=self.recall,
                         unit="share"),
                Evidence(label="examples of other classes seen", value=float(others), threshold=self.others,
                         unit="examples"),
            ),
            remedies=(_ONE_SCORE if calls[0].get("positive") else _REMEDY,),
        )  # fmt: skip


def _one_label(call: Event) -> bool:
    """Whether several examples of one yes-or-no call all have the same answer: real, or generated."""
    positive = call.get("positive")
    return positive is not None and positive["of"] > 1 and positive["labels"] in (0, positive["of"])


_REMEDY = Remedy(
    name="overfit-one-batch",
    text="Train on one small batch with all classes until it is known by heart; then look at class weights.",
    applicability=Applicability.MANUAL,
    code="print(torch.bincount(model(x).argmax(1), minlength=classes), torch.bincount(y))",
)
_ONE_SCORE = replace(
    _REMEDY,
    text="Train on one small batch with both classes until it is known by heart; then look at `pos_weight`.",
    code="print((model(x) > 0).float().mean(), y.float().mean())   # share of yes: answers, labels",
)
