"""DAT114: the labels are not encoded as the loss expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.run.label_fit import LabelFix, LabelMismatch, MismatchCause, label_mismatch
from unstuck.analysis.run.output import calls_of, is_vocabulary, loss_place
from unstuck.analysis.run.targets import labels_of
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Examples, Finding, Remedy, Severity
from unstuck.core.vocabulary import LIKELIHOOD_LOSSES
from unstuck.rules.families.dat import data_label_encoding as of_data
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class BadLabelEncoding(Rule[TrainingView | DatasetView]):
    """The labels are not encoded as the loss expects: off by one, −1 and +1, one-hot, or of the wrong type.

    ## What it measures

    The labels given to a classification loss: type, shape, range and the frequency of each label. They are counted
    over the whole data set where the data loader holds them, otherwise over the sampled batches. It also reads the
    error message of a loss that raised. In a data set: how the labels are written, their numbers, the classes of each
    split, and whether neighbours in the training split agree with the labels of a held-out split.

    ## Why it hurts

    Cross-entropy raises at a label outside its classes. Binary cross-entropy accepts any number: at the label −1 the
    loss falls without bound while the predictions are wrong.

    ## How it decides

    Labels 1 to K for K units are off by one; too many different labels are a fault of the layer (LOS108). Binary
    losses expect numbers from 0 to 1, soft labels included. Soft-margin and hinge losses expect −1 and +1. `ctc_loss`
    expects no label that is its blank. Rows of targets with several ones do not fit cross-entropy, whose probabilities
    sum to 1 over the classes. In a data set: spellings that differ by blanks, capitals or a dot at the end are one
    class; a class in one split only is a fault if a random split has it so with a probability below `by_chance`;
    classes are exchanged if neighbours give at least `agreement` of their examples the other class.

    ## Example

    ```python
    y = torch.where(is_tumour, 1.0, -1.0)   # then: F.binary_cross_entropy_with_logits(logits, y)
    ```

    ## Remedies

    Number the classes from 0 as integers for cross-entropy. Use the floats 0 and 1 for binary losses.

    ## Known limits

    Labels of a loss written by hand are not recorded. Two classes whose numbers are exchanged in every split are not
    detected.

    ## References

    PyTorch documentation, `torch.nn.CrossEntropyLoss`: class indices lie "in the range [0, C)".
    """

    code: ClassVar[str] = "DAT114"
    name: ClassVar[str] = "bad-label-encoding"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, DatasetView)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss_call", "label_encoding")
    figures: ClassVar[tuple[str, ...]] = ("labels.encoding", "data_examples.worst")

    few: int = threshold(20, unit="classes", source="more classes are a vocabulary with reserved words")
    labels: int = threshold(20, unit="labels per class", source="class 0 is missing by chance in e^-20 of runs")

    by_chance: float = threshold(1e-3, unit="probability in a random split", source="one alarm in a thousand splits")
    agreement: float = threshold(
        0.4, unit="share of the examples", source="inverted labels of hard data (pima, german) agree at 0.5 to 0.8"
    )

    def check(self, view: TrainingView | DatasetView) -> Iterator[Finding]:
        """Calls that raised, labels out of range, and a first class that never occurs; the labels of a data set."""
        if isinstance(view, DatasetView):
            yield from self._of_data(view)
            return
        mismatch = label_mismatch(view)
        if mismatch is None:
            yield from self._unused_first_class(view)
        elif mismatch.cause is MismatchCause.ENCODING:
            yield self._encoding(view, mismatch)

    def _of_data(self, view: DatasetView) -> Iterator[Finding]:
        for said in of_data.problems(view, self.by_chance, self.agreement):
            yield self.finding(
                said.message, view=view, place=view.place(view.split.target, label=said.label),
                severity=said.severity, confidence=said.confidence, evidence=said.evidence, examples=said.examples,
                remedies=said.remedies,
            )

    def _encoding(self, view: TrainingView, mismatch: LabelMismatch) -> Finding:
        examples = None
        if mismatch.concerned is not None and mismatch.of:
            examples = Examples(of="labels", count=mismatch.concerned, share=mismatch.concerned / mismatch.of)
        return self.finding(
            mismatch.message, view=view, place=loss_place(view, call=mismatch.call), first_step=mismatch.call.step,
            evidence=(mismatch.evidence,), examples=examples, remedies=(_REMEDIES[mismatch.fix],),
        )

    def _unused_first_class(self, view: TrainingView) -> Iterator[Finding]:
        """Labels from 1 to C − 1 for C units: harmless, but it looks like a shift."""
        calls = calls_of(view, *LIKELIHOOD_LOSSES)
        labels = labels_of(view.training, calls)
        classes = max((call.classes or 0 for call in calls), default=0)
        ignored = {call.ignore_index for call in calls}
        if labels is None or classes > self.few or labels.low != 1 or labels.high != classes - 1 or 0 in ignored:
            return
        if is_vocabulary(view, classes) or not len(labels.counts) == classes - 1 > 1:
            return
        if labels.total < self.labels * classes:
            raise TooLittle(f"{self.labels * classes} labels, to see whether class 0 occurs")
        yield self.finding(
            f"class 0 never occurs: {labels.description()} are 1 to {labels.high}, the {classes} units stand for 0 to "
            f"{classes - 1}",
            view=view, place=loss_place(view, call=calls[0]), severity=Severity.INFO,
            confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(key="labels_of_class_0", label="labels of class 0", value=0.0, threshold=1.0, unit="labels"),
            ),
            remedies=(_REMEDIES[LabelFix.SHIFT],),
        )  # fmt: skip


def _remedy(name: str, text: str, code: str) -> Remedy:
    return Remedy(name=name, text=text, applicability=Applicability.SAFE, code=code)


_REMEDIES: Mapping[LabelFix, Remedy] = {
    LabelFix.SHIFT: _remedy("number-labels-from-zero", "Number the classes from 0.", "y = y - 1"),
    LabelFix.RENUMBER: _remedy(
        "renumber-labels", "Number the classes 0, 1, 2 … without gaps.",
        "classes, y = torch.unique(y, return_inverse=True)",
    ),
    LabelFix.IGNORE_NEGATIVE: _remedy(
        "ignore-index", "Number the classes from 0. If -1 stands for a missing label, set `ignore_index`.",
        "loss = F.cross_entropy(logits, y, ignore_index=-1)",
    ),
    LabelFix.IGNORE_MARKER: _remedy(
        "ignore-index", "Set `ignore_index` to the marker of missing labels.",
        "loss = F.cross_entropy(logits, y, ignore_index=255)",
    ),
    LabelFix.TYPE: _remedy(
        "label-type", "Use integers as labels of cross-entropy, and floats as targets of binary and squared losses.",
        "loss = F.cross_entropy(logits, y.long())   # or: F.binary_cross_entropy_with_logits(logits, y.float())",
    ),
    LabelFix.CLASS_NUMBERS: _remedy(
        "class-numbers", "Give cross-entropy class numbers: one per example, on one axis.",
        "loss = F.cross_entropy(logits, y.argmax(1))   # from one-hot rows; use y.squeeze(1) for a column",
    ),
    LabelFix.BINARY_LOSS: _remedy(
        "binary-loss-per-class", "If classes do not exclude each other, use a binary loss for each class.",
        "loss = F.binary_cross_entropy_with_logits(logits, y.float())",
    ),
    LabelFix.ZERO_ONE: _remedy(
        "zero-one-labels", "Give binary losses the labels 0 and 1.", "y = (y > 0).float()   # from -1 and +1",
    ),
    LabelFix.SIGNS: _remedy(
        "sign-labels", "Give soft-margin and hinge losses the labels -1 and +1.", "y = 2 * y - 1"
    ),
    LabelFix.BLANK: Remedy(
        name="blank-index",
        text="Give `ctc_loss` the index that stands for no label, and number the labels without it.",
        applicability=Applicability.MANUAL,
        code="criterion = nn.CTCLoss(blank=len(alphabet))   # the labels are 0 to len(alphabet) - 1",
    ),
    LabelFix.LENGTHS: Remedy(
        name="true-lengths",
        text="Count the labels of each sequence without its padding.",
        applicability=Applicability.MANUAL,
        code="target_lengths = torch.tensor([len(labels) for labels in batch])   # not the padded length",
    ),
}
