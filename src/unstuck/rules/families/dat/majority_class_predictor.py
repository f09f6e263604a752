"""DAT102: the network predicts one class for every input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from unstuck.analysis.run.batches import call_sites, place_of, recognition
from unstuck.analysis.run.status import MIN_STEPS
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events import LossCall
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import ANY_CAUSE, Rule, TooLittle, threshold


@dataclass(frozen=True)
class MajorityClassPredictor(Rule[TrainingView]):
    """The network predicts (almost) one class for every input.

    ## What it measures

    In the sampled steps of the last third of the training: the share of the most frequent prediction, the share of
    that class among the labels, and the recall of all other classes together.

    ## Why it hurts

    The network has learned at most how frequent the classes are. Its accuracy is the share of one class, which looks
    good if that class is common.

    ## How it decides

    The rule fires if one class takes nearly all predictions, almost no example of the other classes is recognised, and
    enough examples of those classes were sampled. If the class is the most common one, the loss must also not be below
    the baseline loss: a network that ranks rare cases well, but never predicts them, is correct. Labels that the loss
    ignores do not count. A discriminator, where each call holds a single label, is not judged.

    ## Example

    ```python
    weight = torch.tensor([100.0, 1.0])
    loss = F.cross_entropy(model(x), y, weight=weight)   # class 0 is always the cheapest prediction
    ```

    ## Remedies

    Fix the cause that is reported with it first. If there is none, train on a single balanced batch until the network
    fits it.

    ## Known limits

    Hand-written losses show no predictions. Several independent labels for each example are not judged. Only sampled
    steps are counted: with fewer than `others` examples of the other classes the rule does not judge.

    ## References

    He, Garcia, *Learning from imbalanced data*, 2009: accuracy hides what happens to the rare class.
    """

    code: ClassVar[str] = "DAT102"
    name: ClassVar[str] = "majority-class-predictor"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE, "DAT101")
    needs: ClassVar[tuple[str, ...]] = ("loss_call",)
    figures: ClassVar[tuple[str, ...]] = ("classes.majority",)
    common_in_searches: ClassVar[bool] = True

    answers: float = threshold(0.98, unit="share of the predictions", source="one class, except single examples")
    recall: float = threshold(0.05, unit="share of the other classes' examples", source="almost none are recognised")
    others: float = threshold(
        20, unit="examples of other classes", source="at a recall of one half, the chance of no hit is 1 in 1,000,000"
    )
    gain: float = threshold(
        0.05, unit="share of the baseline loss", source="a useful ranking removes more, even without one hit"
    )
    last: float = threshold(1 / 3, unit="share of the training", source="every network does so at its start")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the training calls; by those of an evaluation where the training calls show nothing."""
        status = view.status
        if status.verdict in (Verdict.TOO_SHORT, Verdict.NO_TRAINING):
            raise TooLittle("more steps, or a loss with less noise")
        needs_progress(view)
        gained = status.explained is not None and status.explained > self.gain
        gained = gained or (status.baseline is None and status.verdict is Verdict.LEARNED)
        judged, missing = False, None
        for phase in ("train", "eval"):
            for sampled in call_sites(view.training, phase).values():
                try:
                    finding = self._judge(view, [call for _, call in sampled], gained=gained)
                except TooLittle as reason:
                    missing = missing or reason
                    continue
                judged = True
                if finding is not None:
                    yield finding
                    return
        if missing is not None and not judged:
            raise missing

    def _late(self, view: TrainingView, calls: Sequence[LossCall], *, stuck: bool) -> Sequence[LossCall]:
        """The calls of the last part; for a training that learned nothing, at least the last sampled ones."""
        end = max((int(series.index[-1]) for series in view.training.losses), default=0)
        late = [call for call in calls if call.step >= (1 - self.last) * end]
        if not stuck:
            return late
        sampled = [call for call in calls[-math.ceil(self.last * len(calls)) :] if call.step >= MIN_STEPS]
        return max(late, sampled, key=len)

    def _judge(self, view: TrainingView, calls: Sequence[LossCall], *, gained: bool) -> Finding | None:
        if not recognition(calls).predicted or all(_has_single_label(call) for call in calls):
            return None  # no predictions of one class each, or a discriminator
        late = self._late(view, calls, stuck=not gained)
        predicted, labels, hits = recognition(late)
        num_predictions, num_labels = predicted.total(), labels.total()
        if not num_predictions or not num_labels:
            raise TooLittle("a sampled step in the last third of the training")
        if all(_has_single_label(call) for call in late):
            return None
        top, count = predicted.most_common(1)[0]
        others = num_labels - labels[top]
        share, label_share = count / num_predictions, labels[top] / num_labels
        if share < self.answers or (gained and top == labels.most_common(1)[0][0]):
            return None
        if others < self.others or len(labels) < 2:
            raise TooLittle(f"{self.others:g} sampled examples of the classes that are not predicted")
        recall = (hits.total() - hits[top]) / others
        if recall > self.recall or label_share >= share:
            return None
        return self._report(view, late, top, share=share, label_share=label_share, recall=recall, others=others)

    def _report(
        self, view: TrainingView, calls: Sequence[LossCall], top: int, *, share: float, label_share: float,
        recall: float, others: int,
    ) -> Finding:  # fmt: skip
        place = place_of(calls[0])
        return self.finding(
            f"{words.share(share)} of the predictions are class {top} ({words.share(label_share)} of the labels); "
            f"{words.share(recall)} of the {others} examples of other classes are recognised",
            view=view, place=place if place.file is not None else view.loss_place(), first_step=calls[0].step,
            evidence=(
                Evidence(key="prediction_share", label=f"predictions of class {top}", value=share,
                         threshold=self.answers, unit="share"),
                Evidence(key="label_share", label=f"labels of class {top}", value=label_share, unit="share"),
                Evidence(key="recall_of_others", label="recall of all other classes", value=recall,
                         threshold=self.recall, unit="share"),
                Evidence(key="num_others", label="sampled examples of other classes", value=float(others),
                         threshold=self.others, unit="examples"),
            ),
            remedies=(_ONE_OUTPUT if calls[0].positive is not None else _REMEDY,),
        )  # fmt: skip


def _has_single_label(call: LossCall) -> bool:
    """Whether the examples of one yes-or-no call all have the same label: all real, or all generated."""
    positive = call.positive
    return positive is not None and positive.of > 1 and positive.labels in (0, positive.of)


_REMEDY = Remedy(
    name="overfit-one-batch",
    text="Train on one small batch with all classes until the network fits it; then check the class weights.",
    applicability=Applicability.MANUAL,
    code="print(torch.bincount(model(x).argmax(1), minlength=classes), torch.bincount(y))",
)
_ONE_OUTPUT = replace(
    _REMEDY,
    text="Train on one small batch with both classes until the network fits it; then check `pos_weight`.",
    code="print((model(x) > 0).float().mean(), y.float().mean())   # share of class 1: predictions, labels",
)
