"""LOS108: the last layer has not as many units as there are classes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.head import Head
from unstuck.analysis.run.label_fit import Fault, Misfit, misfit
from unstuck.analysis.run.output import (
    FUNCTIONS,
    calls_of,
    heads,
    is_vocabulary,
    last_layer_place,
    layer_of_width,
    loss_place,
)
from unstuck.analysis.run.targets import Labels, labels_of, shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class OutputWidthMismatch(Rule[TrainingView]):
    """The number of output units does not go with the number of classes, or of targets.

    ## What it measures

    The width of what went into the loss, against the class numbers among the labels (counted over the whole data
    set where a loader tells them), the distinct labels given to a binary loss, or the columns of the targets; and
    what the loss said where it raised.

    ## Why it hurts

    With too few units the loss raises, or several classes share one answer. With far too many, most of them never
    are the right answer: the loss begins at log(units) instead of log(classes), and training first unlearns them.

    ## How it decides

    Too few: a label lies beyond the units, and the labels are numbered rightly (else: DAT114); or one unit with a
    binary loss meets three classes or more. Too many: the labels are 0 to K − 1, each of them frequent, and there
    are at least three times as many units; a head as wide as an embedding is a vocabulary, and is left alone.

    ## Example

    ```python
    nn.Linear(64, 3)   # for the labels 0 to 9
    ```

    ## Remedies

    Make the last layer as wide as there are classes.

    ## Known limits

    Up to three times as many units as classes pass: reserved classes and padded vocabularies are common.

    ## References

    PyTorch documentation, `torch.nn.CrossEntropyLoss`: the input has C scores for C classes.
    """

    code: ClassVar[str] = "LOS108"
    name: ClassVar[str] = "output-width-mismatch"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss_call",)
    figures: ClassVar[tuple[str, ...]] = ("labels.width",)

    excess: float = threshold(3.0, unit="units for each class", source="padded vocabularies stay below 2")
    frequent: int = threshold(
        5, unit="labels of the rarest class", source="classes as rare as that may stand for others not seen yet"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """What raised or lies beyond the units; then units that never are an answer."""
        found = misfit(view)
        if found is not None:
            if found.fault is Fault.WIDTH:
                yield self._told(view, found)
            return
        yield from self._too_many(view)

    def _told(self, view: TrainingView, found: Misfit) -> Finding:
        place, loss = _places(view, found.call)
        functions = CROSS_ENTROPY_BINARY if found.call["function"] in CROSS_ENTROPY_BINARY else LIKELIHOOD_LOSSES
        remedy = _REMEDIES[found.remedy if functions is LIKELIHOOD_LOSSES or found.remedy != "width" else "classes"]
        return self.finding(
            found.message, view=view, place=place, used_at=loss, first_step=int(found.call["step"]),
            evidence=(Evidence(label=found.quantity, value=found.value, threshold=found.threshold),),
            remedies=(remedy,),
        )

    def _too_many(self, view: TrainingView) -> Iterator[Finding]:
        calls = [call for call in calls_of(view, *LIKELIHOOD_LOSSES) if call["phase"] == "train"]
        labels = labels_of(view.training, calls)
        units = min((int(call.get("classes", 0)) for call in calls), default=0)
        if labels is None or not labels.contiguous or units < self.excess * len(labels.counts):
            return
        if len(labels.counts) < 2 or min(labels.counts.values()) < self.frequent or is_vocabulary(view, units):
            return
        yield self._unused(view, calls[0], labels, units)

    def _unused(self, view: TrainingView, call: Event, labels: Labels, units: int) -> Finding:
        place, loss = _places(view, call)
        classes = len(labels.counts)
        return self.finding(
            f"{units} units for {classes} classes: {units - classes} of them are never the right answer "
            f"({labels.told()} lie in 0 to {labels.high})",
            view=view, place=place, used_at=loss, first_step=int(call["step"]),
            evidence=(
                Evidence(label="units of the last layer", value=float(units), threshold=float(classes)),
                Evidence(label="log(units), where the loss begins", value=math.log(units),
                         threshold=math.log(classes), unit="nat"),
            ),
            remedies=(_REMEDIES["width"],),
        )


def _places(view: TrainingView, call: Event) -> tuple[Place, Place | None]:
    """The last layer's line and the loss's; the loss's alone where the layer is not known."""
    loss = loss_place(view, call=call)
    layer = last_layer_place(view, _head(view, call))
    if layer.file is None:
        shape = shape_of(call["input"])
        layer = layer_of_width(view, int(shape[1]) if len(shape) > 1 else 1)
    return (layer, loss) if layer.file is not None else (loss, None)


def _head(view: TrainingView, call: Event) -> Head | None:
    return next((head for head in heads(view) if call["function"] in FUNCTIONS.get(head.function, ())), None)


def _remedy(name: str, text: str, code: str) -> Remedy:
    return Remedy(name=name, text=text, applicability=Applicability.SAFE, code=code)


_REMEDIES = {
    "width": _remedy(
        "output-width", "Make the last layer as wide as there are classes (or targets).",
        "nn.Linear(hidden, num_classes)   # num_classes = int(y.max()) + 1",
    ),
    "classes": _remedy(
        "output-width", "Give each class its own unit, and use cross-entropy; or give each target its own unit.",
        "nn.Linear(hidden, num_classes)   # then F.cross_entropy(scores, y.long())",
    ),
    "rows": _remedy(
        "keep-rows", "Keep one row of scores for each example when reshaping.",
        "x = x.flatten(1)   # not: x.view(-1, n)",
    ),
}
