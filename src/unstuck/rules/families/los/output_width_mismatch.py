"""LOS108: the number of output units differs from the number of classes or targets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.head import Head
from unstuck.analysis.run.label_fit import LabelFix, LabelMismatch, MismatchCause, label_mismatch
from unstuck.analysis.run.output import (
    calls_of,
    heads,
    is_vocabulary,
    last_layer_place,
    last_layer_place_of_call,
    loss_place,
)
from unstuck.analysis.run.targets import Labels, labels_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, FUNCTIONS_OF_OPERATION, LIKELIHOOD_LOSSES
from unstuck.record.events import LossCall
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class OutputWidthMismatch(Rule[TrainingView]):
    """The number of output units differs from the number of classes, or of targets.

    ## What it measures

    The width of the input of the loss, compared with the class numbers among the labels, the distinct labels of a
    binary loss, or the columns of the targets. Labels are counted over the whole data set where the data loader holds
    them. It also reads the error message of a loss that raised.

    ## Why it hurts

    With too few units the loss raises, or several classes share one output. With far too many units, most of them are
    never the right class: the loss starts at log(units) instead of log(classes), and the first steps are spent on
    lowering the unused outputs.

    ## How it decides

    Too few: a label lies beyond the units, and the labels are numbered correctly (otherwise: DAT114); or one unit with
    a binary loss has three classes or more. Too many: the labels are 0 to K − 1, each of them frequent, and there are
    at least three times as many units. A head as wide as an embedding is a vocabulary and is not reported.

    ## Example

    ```python
    nn.Linear(64, 3)   # for the labels 0 to 9
    ```

    ## Remedies

    Give the last layer one unit per class.

    ## Known limits

    Fewer than three times as many units as classes pass: reserved classes and padded vocabularies are common.

    ## References

    PyTorch documentation, `torch.nn.CrossEntropyLoss`: the input has C scores for C classes.
    """

    code: ClassVar[str] = "LOS108"
    name: ClassVar[str] = "output-width-mismatch"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss_call",)
    figures: ClassVar[tuple[str, ...]] = ("labels.width",)

    excess: float = threshold(3.0, unit="units per class", source="padded vocabularies stay below 2")
    frequent: int = threshold(
        5, unit="labels of the rarest class", source="where a class is rarer, others may not have been sampled yet"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Calls that raised and labels beyond the units; then units that are never the right class."""
        mismatch = label_mismatch(view)
        if mismatch is None:
            yield from self._too_many_units(view)
        elif mismatch.cause is MismatchCause.WIDTH:
            yield self._width(view, mismatch)

    def _width(self, view: TrainingView, mismatch: LabelMismatch) -> Finding:
        place, loss = _places(view, mismatch.call)
        if mismatch.fix is LabelFix.ROWS:
            remedy = _KEEP_ROWS
        else:
            remedy = _UNIT_PER_CLASS if mismatch.call.function in CROSS_ENTROPY_BINARY else _WIDTH
        return self.finding(
            mismatch.message, view=view, place=place, used_at=loss, first_step=mismatch.call.step,
            evidence=(mismatch.evidence,), remedies=(remedy,),
        )

    def _too_many_units(self, view: TrainingView) -> Iterator[Finding]:
        calls = [call for call in calls_of(view, *LIKELIHOOD_LOSSES) if call.phase == "train"]
        labels = labels_of(view.training, calls)
        units = min((call.classes or 0 for call in calls), default=0)
        if labels is None or not labels.contiguous or units < self.excess * len(labels.counts):
            return
        if len(labels.counts) < 2 or is_vocabulary(view, units):
            return
        if min(labels.counts.values()) < self.frequent:
            raise TooLittle(f"{self.frequent} labels of each class")
        yield self._unused_units(view, calls[0], labels, units)

    def _unused_units(self, view: TrainingView, call: LossCall, labels: Labels, units: int) -> Finding:
        place, loss = _places(view, call)
        classes = len(labels.counts)
        return self.finding(
            f"the last layer has {units} units for {classes} classes: {units - classes} units are never the right "
            f"class ({labels.description()} are 0 to {labels.high})",
            view=view, place=place, used_at=loss, first_step=call.step,
            evidence=(
                Evidence(key="num_units", label="units of the last layer", value=float(units),
                         threshold=float(classes)),
                Evidence(key="log_units", label="log(units), where the loss starts", value=math.log(units),
                         threshold=math.log(classes), unit="nat"),
            ),
            remedies=(_WIDTH,),
        )  # fmt: skip


def _places(view: TrainingView, call: LossCall) -> tuple[Place, Place | None]:
    """The lines of the last layer and of the loss; the loss's alone where the layer is unknown."""
    loss, layer = loss_place(view, call=call), last_layer_place(view, _head(view, call))
    if layer.file is None:
        layer = last_layer_place_of_call(view, call)
    return (layer, loss) if layer.file is not None else (loss, None)


def _head(view: TrainingView, call: LossCall) -> Head | None:
    return next(
        (head for head in heads(view) if call.function in FUNCTIONS_OF_OPERATION.get(head.function or "", ())), None
    )


_WIDTH = Remedy(
    name="output-width",
    text="Give the last layer one unit per class (or per target).",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, num_classes)   # num_classes = int(y.max()) + 1",
)
_UNIT_PER_CLASS = Remedy(
    name="output-width",
    text="Use one unit per class and cross-entropy, or one unit per target.",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, num_classes)   # then F.cross_entropy(logits, y.long())",
)
_KEEP_ROWS = Remedy(
    name="keep-rows",
    text="Keep one row of logits per example when you reshape.",
    applicability=Applicability.MANUAL,
    code="x = x.flatten(1)   # not: x.view(-1, n)",
)
