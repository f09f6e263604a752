"""DAT114: the labels are not numbered as the loss wants them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.label_fit import Fault, Misfit, misfit
from unstuck.analysis.run.output import calls_of, is_vocabulary, loss_place
from unstuck.analysis.run.targets import labels_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Examples, Finding, Remedy, Severity
from unstuck.core.vocabulary import LIKELIHOOD_LOSSES
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class BadLabelEncoding(Rule[TrainingView]):
    """The labels do not stand for what the loss takes them for: off by one, −1 and +1, one-hot, of the wrong type.

    ## What it measures

    The labels given to a classification loss: their type, shape, range and how often each occurs, counted over the
    whole data set where a loader tells them, else over the batches that were looked at; and what the loss said
    where it raised.

    ## Why it hurts

    Cross-entropy stops at a label beyond its classes. Binary cross-entropy takes any number: −1 asks for more than
    certainty, and the loss falls without bound while the answers are wrong.

    ## How it decides

    Labels from 1 to K for K units are off by one; too many different labels are the layer's fault (LOS108). Binary
    losses want numbers from 0 to 1 (soft labels among them); soft-margin and hinge losses want −1 and +1. Several
    ones in a row of targets do not fit cross-entropy, which shares one certainty among the classes.

    ## Example

    ```python
    y = torch.where(is_tumour, 1.0, -1.0)   # then: F.binary_cross_entropy_with_logits(scores, y)
    ```

    ## Remedies

    Number the classes from 0 as integers for cross-entropy; 0 and 1 as floats for binary losses.

    ## Known limits

    Labels given to a loss written by hand are not seen; nor are two classes whose numbers were exchanged.

    ## References

    PyTorch documentation, `torch.nn.CrossEntropyLoss`: class indices lie "in the range [0, C)".
    """

    code: ClassVar[str] = "DAT114"
    name: ClassVar[str] = "bad-label-encoding"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss_call",)
    figures: ClassVar[tuple[str, ...]] = ("labels.encoding",)

    few: int = threshold(20, unit="classes", source="larger numbers of classes are vocabularies with reserved words")
    labels: int = threshold(20, unit="labels for each class", source="class 0 is missing by chance in e^-20 of runs")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """What raised, what is out of range, and a first class that never occurs."""
        found = misfit(view)
        if found is not None:
            if found.fault is Fault.ENCODING:
                yield self._told(view, found)
            return
        yield from self._unused_first(view)

    def _told(self, view: TrainingView, found: Misfit) -> Finding:
        examples = None
        if found.concerned is not None and found.of:
            examples = Examples(of="labels", count=found.concerned, share=found.concerned / found.of)
        return self.finding(
            found.message, view=view, place=loss_place(view, call=found.call), first_step=int(found.call["step"]),
            evidence=(Evidence(label=found.quantity, value=found.value, threshold=found.threshold),),
            examples=examples, remedies=(REMEDIES[found.remedy],),
        )

    def _unused_first(self, view: TrainingView) -> Iterator[Finding]:
        """Labels from 1 to C − 1 for C units: harmless, but it looks like a shift."""
        calls = calls_of(view, *LIKELIHOOD_LOSSES)
        labels = labels_of(view.training, calls)
        classes = max((int(call.get("classes", 0)) for call in calls), default=0)
        set_aside = {call.get("ignore_index") for call in calls}
        if labels is None or classes > self.few or labels.low != 1 or labels.high != classes - 1 or 0 in set_aside:
            return
        if is_vocabulary(view, classes):
            return
        if len(labels.counts) == classes - 1 > 1 and labels.total >= self.labels * classes:
            yield self.finding(
                f"class 0 never occurs: {labels.told()} lie in 1 to {labels.high}, for {classes} units",
                view=view, place=loss_place(view, call=calls[0]), severity=Severity.INFO,
                confidence=Confidence.SUSPECTED,
                evidence=(Evidence(label="labels of class 0", value=0.0, threshold=1.0, unit="labels"),),
                remedies=(REMEDIES["shift"],),
            )


def _remedy(name: str, text: str, code: str) -> Remedy:
    return Remedy(name=name, text=text, applicability=Applicability.SAFE, code=code)


REMEDIES = {
    "shift": _remedy("number-labels-from-zero", "Number the classes from 0.", "y = y - 1"),
    "renumber": _remedy(
        "renumber-labels", "Number the classes 0, 1, 2 … without gaps.",
        "classes, y = torch.unique(y, return_inverse=True)",
    ),
    "ignore": _remedy(
        "ignore-index", "Number the classes from 0; or, where -1 means unknown, tell the loss.",
        "loss = F.cross_entropy(scores, y, ignore_index=-1)",
    ),
    "marker": _remedy(
        "ignore-index", "Tell the loss to leave the marker out.",
        "loss = F.cross_entropy(scores, y, ignore_index=255)",
    ),
    "type": _remedy(
        "label-type", "Class numbers are integers for cross-entropy, targets are floats for binary and squared loss.",
        "loss = F.cross_entropy(scores, y.long())   # or: F.binary_cross_entropy_with_logits(scores, y.float())",
    ),
    "axes": _remedy(
        "class-numbers", "Give class numbers to cross-entropy: one for each example, on one axis.",
        "loss = F.cross_entropy(scores, y.argmax(1))   # from one-hot rows; y.squeeze(1) from a column",
    ),
    "binary": _remedy(
        "binary-loss-per-class", "Where classes do not exclude each other, give each its own binary loss.",
        "loss = F.binary_cross_entropy_with_logits(scores, y.float())",
    ),
    "binary-labels": _remedy(
        "zero-one-labels", "Give binary losses the labels 0 and 1.", "y = (y > 0).float()   # from -1 and +1",
    ),
    "signs": _remedy("sign-labels", "Give soft-margin and hinge losses the labels -1 and +1.", "y = 2 * y - 1"),
}
