"""Whether the labels fit the loss and the output units. DAT114 reports a wrong encoding, LOS108 a wrong width."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from unstuck.analysis.run.output import calls_of
from unstuck.analysis.run.targets import Labels, distinct_of, labels_of, shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Evidence
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES
from unstuck.core.words import share
from unstuck.record.events import LossCall

SATURATED = 5
"""sampled labels per distinct label from which on the set of labels is taken as complete"""

MARKERS = (255, 254, 99, 999)
"""numbers that stand for a missing label in common data sets"""


class MismatchCause(StrEnum):
    """What has to change so that labels and units fit."""

    ENCODING = "encoding"
    """the numbers of the labels (DAT114)"""
    WIDTH = "width"
    """the number of output units (LOS108)"""


class LabelFix(StrEnum):
    """How to make labels and units fit; the rules hold a remedy for each."""

    SHIFT = "shift"
    RENUMBER = "renumber"
    IGNORE_NEGATIVE = "ignore-negative"
    IGNORE_MARKER = "ignore-marker"
    TYPE = "type"
    CLASS_NUMBERS = "class-numbers"
    BINARY_LOSS = "binary-loss"
    ZERO_ONE = "zero-one"
    SIGNS = "signs"
    WIDTH = "width"
    ROWS = "rows"
    BLANK = "blank"
    LENGTHS = "lengths"


@dataclass(frozen=True, slots=True)
class LabelMismatch:
    """Labels that do not fit the loss or the units."""

    cause: MismatchCause
    message: str
    evidence: Evidence
    call: LossCall
    fix: LabelFix
    concerned: int | None = None
    """labels out of range …"""
    of: int | None = None
    """… of so many"""


def label_mismatch(view: TrainingView) -> LabelMismatch | None:
    """The first mismatch of labels and units in a training."""
    for call in calls_of(view, *LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY, *REGRESSION_LOSSES):
        if call.phase == "raised":
            mismatch = _raised_for_type(call) or _raised_for_shape(call)
            if mismatch is not None:
                return mismatch
    return _of_classes(view) or _of_blank(view) or _of_binary_labels(view) or _of_signs(view) or _of_regression(view)


# ---- calls that raised -------------------------------------------------------------------------------


def _raised_for_type(call: LossCall) -> LabelMismatch | None:
    given, error = call.target.dtype, call.raised or ""
    if "dtype" not in error and "scalar type" not in error and "output type" not in error:
        return None
    expected = "int64" if call.function in LIKELIHOOD_LOSSES else call.input.dtype or "float32"
    if not given or given == expected:
        return None
    labels = math.prod(shape_of(call.target))
    return LabelMismatch(
        MismatchCause.ENCODING, f"{call.function} raised on {labels} labels of type {given}: it expects {expected}",
        Evidence(key="labels_of_wrong_type", label="labels of the wrong type", value=float(labels), threshold=0.0,
                 unit="labels"),
        call, LabelFix.TYPE,
    )  # fmt: skip


def _raised_for_shape(call: LossCall) -> LabelMismatch | None:
    given, target = shape_of(call.input), shape_of(call.target)
    error = (call.raised or "").lower()
    if "out of bounds" in error or not given:
        return None
    if call.function in LIKELIHOOD_LOSSES:
        return _class_shape(call, given, target)
    if math.prod(given) == math.prod(target) or ("size" not in error and "shape" not in error):
        return None
    outputs, expected = given[-1] if len(given) > 1 else 1, target[-1] if len(target) > 1 else 1
    return LabelMismatch(
        MismatchCause.WIDTH, f"the network has {outputs} outputs per example, the targets have {expected}: "
        f"{call.function} raised on shapes {given} and {target}",
        Evidence(key="outputs_per_example", label="outputs per example", value=float(outputs),
                 threshold=float(expected)),
        call, LabelFix.WIDTH,
    )  # fmt: skip


def _class_shape(call: LossCall, given: tuple[int, ...], target: tuple[int, ...]) -> LabelMismatch | None:
    rows, units = given[0], given[1] if len(given) > 1 else given[0]
    integers = not call.target.is_floating_point
    if len(given) > 1 and len(target) == len(given):
        if target[1] in (1, units) and integers:
            what = "one-hot rows of integers" if target[1] == units and units > 1 else "a column of labels"
            return LabelMismatch(
                MismatchCause.ENCODING,
                f"{call.function} raised on {what} of shape {target}: it expects {rows} class numbers",
                Evidence(key="label_axes", label="axes of the labels", value=float(len(target)),
                         threshold=float(len(given) - 1)),
                call, LabelFix.CLASS_NUMBERS,
            )  # fmt: skip
        if target[1] != units and target[0] == rows and not integers:
            return LabelMismatch(
                MismatchCause.WIDTH,
                f"the last layer has {units} units, the targets have {target[1]} classes: {call.function} raised",
                _units(units, target[1]), call, LabelFix.WIDTH,
            )
    if len(target) == 1 and len(given) == 2 and target[0] != rows:
        return LabelMismatch(
            MismatchCause.WIDTH, f"{rows} rows of {units} logits, but {target[0]} labels: {call.function} raised",
            Evidence(key="logit_rows", label="rows of logits", value=float(rows), threshold=float(target[0])),
            call, LabelFix.ROWS,
        )
    return None


def _units(units: int, classes: int) -> Evidence:
    return Evidence(key="num_units", label="units of the last layer", value=float(units), threshold=float(classes))


def _out_of_range(count: int) -> Evidence:
    return Evidence(
        key="labels_out_of_range", label="labels out of range", value=float(count), threshold=0.0, unit="labels"
    )


# ---- class numbers -----------------------------------------------------------------------------------


def _of_classes(view: TrainingView) -> LabelMismatch | None:
    calls = calls_of(view, *LIKELIHOOD_LOSSES)
    for call in calls:
        mismatch = _several_classes(call)
        if mismatch is not None:
            return mismatch
    raised = next((call for call in calls if call.phase == "raised" and "out of bounds" in (call.raised or "")), None)
    labels = labels_of(view.training, calls) if raised is not None else None
    return _out_of_bounds(raised, labels) if raised is not None and labels is not None else None


def _several_classes(call: LossCall) -> LabelMismatch | None:
    """Several ones in a row of targets: classes that do not exclude each other."""
    rows, target = call.target_row_sum, call.target
    if rows is None or rows[1] < 2 - 1e-3 or call.one_hot or target.zeros is None or target.mean is None:
        return None
    if target.min != 0.0 or target.max != 1.0 or abs(target.mean - (1 - target.zeros)) > 1e-4:
        return None
    return LabelMismatch(
        MismatchCause.ENCODING, f"cross-entropy expects one class per example and is given up to {rows[1]:.0f}",
        Evidence(key="largest_classes_per_example", label="largest number of classes of one example", value=rows[1],
                 threshold=1.0, unit="classes"),
        call, LabelFix.BINARY_LOSS,
    )  # fmt: skip


def _out_of_bounds(call: LossCall, labels: Labels) -> LabelMismatch | None:
    units = call.classes or 0
    beyond = {label: count for label, count in labels.counts.items() if not 0 <= label < units}
    if not beyond:
        return None
    low, high, count = labels.low, labels.high, sum(beyond.values())
    of_labels = f"{count} of {labels.description()}"

    def encoding(what: str, fix: LabelFix) -> LabelMismatch:
        message = f"the labels are {low} to {high}, but the {units} units stand for 0 to {units - 1}: {what}"
        return LabelMismatch(
            MismatchCause.ENCODING, message, _out_of_range(count), call, fix, concerned=count, of=labels.total
        )

    if low < 0:
        fix = LabelFix.RENUMBER if low < -1 else LabelFix.IGNORE_NEGATIVE
        return encoding(f"{of_labels} are negative", fix)
    if low >= 1 and high == units:
        return encoding(f"they are off by one, {of_labels} are out of range", LabelFix.SHIFT)
    complete = labels.whole or labels.total >= SATURATED * len(labels.counts)
    is_single = len(beyond) == 1 and high >= 2 * units and len(labels.counts) > 2
    if is_single and (complete or high in MARKERS):
        return encoding(f"{of_labels} have the marker {high}", LabelFix.IGNORE_MARKER)
    if complete and len(labels.counts) <= units:
        return encoding(f"only {len(labels.counts)} different labels occur, with gaps", LabelFix.RENUMBER)
    return LabelMismatch(
        MismatchCause.WIDTH,
        f"{units} units cannot represent the {high + 1} classes 0 to {high}: {of_labels} are out of range",
        _units(units, high + 1), call, LabelFix.WIDTH, concerned=count, of=labels.total,
    )


def _of_blank(view: TrainingView) -> LabelMismatch | None:
    """Labels that are the blank of `ctc_loss`, which stands for no label."""
    calls = [call for call in calls_of(view, "ctc_loss") if call.sequences is not None]
    facts = [call.sequences for call in calls if call.sequences is not None]
    blanks, total = sum(one.blanks for one in facts), sum(one.labels for one in facts)
    if not blanks:
        return None
    at_end = sum(one.blanks_at_end for one in facts) == blanks
    what = "they stand at the ends, as padding does that `target_lengths` counts" if at_end else (
        "a label that it can never produce"
    )  # fmt: skip
    return LabelMismatch(
        MismatchCause.ENCODING,
        f"{blanks} of {total} labels ({share(blanks / total)}) are {facts[0].blank}, the blank of ctc_loss: {what}",
        _out_of_range(blanks), calls[0], LabelFix.LENGTHS if at_end else LabelFix.BLANK, concerned=blanks, of=total,
    )


# ---- binary labels -----------------------------------------------------------------------------------


def _of_binary_labels(view: TrainingView) -> LabelMismatch | None:
    calls = [call for call in calls_of(view, *CROSS_ENTROPY_BINARY) if call.target.min is not None]
    if not calls:
        return None
    counts = distinct_of(calls)
    low = min(call.target.min for call in calls if call.target.min is not None)
    high = max((call.target.max for call in calls if call.target.max is not None), default=low)
    if counts is None or (low >= 0 and high <= 1) or any(value != int(value) for value in counts):
        return None
    shape, total = shape_of(calls[0].input), counts.total()
    one_unit = len(shape) < 2 or shape[-1] == 1
    beyond = sum(count for value, count in counts.items() if not 0 <= value <= 1)
    if one_unit and len(counts) > 2 and low in (0, 1) and high == low + len(counts) - 1:
        return LabelMismatch(
            MismatchCause.WIDTH,
            f"1 unit with a binary loss cannot represent {len(counts)} classes: the labels are {_listed(counts)}",
            _units(1, len(counts)), calls[0], LabelFix.WIDTH, concerned=beyond, of=total,
        )
    return LabelMismatch(
        MismatchCause.ENCODING,
        f"{calls[0].function} expects labels 0 and 1 and is given {_listed(counts)}: {beyond} of {total} labels are "
        "out of range",
        _out_of_range(beyond), calls[0], LabelFix.ZERO_ONE, concerned=beyond, of=total,
    )


def _of_signs(view: TrainingView) -> LabelMismatch | None:
    """Soft-margin losses expect −1 and +1."""
    calls = calls_of(view, "soft_margin_loss")
    counts = distinct_of(calls)
    if not counts or not set(counts) <= {0.0, 1.0} or 0.0 not in counts:
        return None
    zeros, total = counts[0.0], counts.total()
    return LabelMismatch(
        MismatchCause.ENCODING,
        f"soft_margin_loss expects labels −1 and +1 and is given 0 for {zeros} of {total}: these examples have no "
        "gradient",
        _out_of_range(zeros), calls[0], LabelFix.SIGNS, concerned=zeros, of=total,
    )


# ---- regression --------------------------------------------------------------------------------------


def _of_regression(view: TrainingView) -> LabelMismatch | None:
    """One-hot rows against one unit, or class numbers against one unit per class, broadcast to the same shape."""
    for call in calls_of(view, *REGRESSION_LOSSES):
        given, target = shape_of(call.input), shape_of(call.target)
        if call.one_hot and len(given) == 2 and given[1] == 1 and target[1] > 1:
            return LabelMismatch(
                MismatchCause.ENCODING,
                f"1 unit is compared with {target[1]} one-hot columns: shapes {given} and {target}",
                _columns(target[1], 1), call, LabelFix.CLASS_NUMBERS,
            )
        if _are_class_numbers(call, given, target):
            return LabelMismatch(
                MismatchCause.ENCODING,
                f"{given[1]} units are each compared with the class number: shapes {given} and {target}",
                _columns(1, given[1]), call, LabelFix.CLASS_NUMBERS,
            )
    return None


def _columns(given: int, expected: int) -> Evidence:
    return Evidence(
        key="target_columns", label="columns of the targets", value=float(given), threshold=float(expected)
    )


def _are_class_numbers(call: LossCall, given: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether a column of targets holds the numbers of as many classes as there are units."""
    if len(given) != 2 or given[1] <= 2 or target != (given[0], 1):
        return False
    counts = distinct_of([call])
    if counts is None or len(counts) <= 2:
        return False
    return set(counts) <= set(range(given[1])) and max(counts) == given[1] - 1


def _listed(counts: Counter[float]) -> str:
    names = [f"{value:g}" for value in sorted(counts)]
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) <= 6 else ", ".join(names[:6]) + " …"
