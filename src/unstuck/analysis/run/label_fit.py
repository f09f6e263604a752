"""Do the labels fit the loss and the units? One judgement, which two rules tell: encoding, or width."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from unstuck.analysis.run.output import calls_of
from unstuck.analysis.run.targets import Labels, distinct_of, labels_of, shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES
from unstuck.record.reader import Event

SATURATED = 5
"""labels looked at for each distinct one, from which on their set is taken to be complete"""

MARKERS = (255, 254, 99, 999)
"""numbers that stand for "no label" in common data sets"""


class Fault(StrEnum):
    """Whose fault it is that labels and units do not meet."""

    ENCODING = "encoding"
    """the labels are numbered wrongly (DAT114)"""
    WIDTH = "width"
    """the layer has the wrong number of units (LOS108)"""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Labels that do not fit, in words and numbers."""

    fault: Fault
    message: str
    quantity: str
    value: float
    threshold: float
    call: Event
    remedy: str = "renumber"
    concerned: int | None = None
    of: int | None = None


def misfit(view: TrainingView) -> Misfit | None:
    """The first misfit of labels and units in a training."""
    for call in calls_of(view, *LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY, *REGRESSION_LOSSES):
        if call["phase"] == "raised":
            found = _refused_type(call) or _refused_shape(call)
            if found is not None:
                return found
    return _classes(view) or _binary(view) or _signs(view) or _numbers(view)


# ---- what the loss refused ---------------------------------------------------------------------------


def _refused_type(call: Event) -> Misfit | None:
    kind, error = str(call["target"].get("dtype", "")), str(call.get("raised", ""))
    if "dtype" not in error and "scalar type" not in error and "output type" not in error:
        return None
    wanted = "int64" if call["function"] in LIKELIHOOD_LOSSES else str(call["input"].get("dtype", "float32"))
    if kind == wanted or not kind:
        return None
    return Misfit(
        Fault.ENCODING, f"{call['function']} wants labels of type {wanted}, was given {kind}, and raised",
        "axes of the labels", float(len(shape_of(call["target"]))), 1.0, call, remedy="type",
    )


def _refused_shape(call: Event) -> Misfit | None:
    given, target = shape_of(call["input"]), shape_of(call["target"])
    if "out of bounds" in str(call.get("raised")) or not given:
        return None
    kind = str(call["target"].get("dtype", ""))
    whole = not kind.startswith(("float", "bfloat"))
    if call["function"] in LIKELIHOOD_LOSSES:
        return _class_shape(call, given, target, whole)
    if given == target or math.prod(given) == math.prod(target) or not _refused_for_shape(call):
        return None
    each, wanted = given[-1] if len(given) > 1 else 1, target[-1] if len(target) > 1 else 1
    return Misfit(
        Fault.WIDTH, f"the network gives {each} numbers for each example, the targets hold {wanted}: shapes "
        f"{_shape(given)} and {_shape(target)}, and {call['function']} raised",
        "outputs for each example", float(each), float(wanted), call, remedy="width",
    )


def _refused_for_shape(call: Event) -> bool:
    error = str(call.get("raised", "")).lower()
    return "size" in error or "shape" in error


def _class_shape(call: Event, given: tuple[int, ...], target: tuple[int, ...], whole: bool) -> Misfit | None:
    rows, units = given[0], given[1] if len(given) > 1 else given[0]
    if len(given) > 1 and len(target) == len(given):
        if target[1] in (1, units) and whole:
            what = "one-hot rows of integers" if target[1] == units and units > 1 else "a column of labels"
            return Misfit(
                Fault.ENCODING,
                f"{call['function']} wants {rows} class numbers, was given {what} {_shape(target)}, and raised",
                "axes of the labels", float(len(target)), float(len(given) - 1), call, remedy="axes",
            )
        if target[1] != units and target[0] == rows and not whole:
            return Misfit(
                Fault.WIDTH, f"{units} units against targets of {target[1]} classes: {call['function']} raised",
                "units of the last layer", float(units), float(target[1]), call, remedy="width",
            )
    if len(target) == 1 and len(given) == 2 and target[0] != rows:
        return Misfit(
            Fault.WIDTH, f"{rows} rows of {units} scores against {target[0]} labels: {call['function']} raised",
            "rows of scores", float(rows), float(target[0]), call, remedy="rows",
        )
    return None


# ---- class numbers -----------------------------------------------------------------------------------


def _classes(view: TrainingView) -> Misfit | None:
    calls = calls_of(view, *LIKELIHOOD_LOSSES)
    for call in calls:
        found = _many_hot(call)
        if found is not None:
            return found
    raised = next((c for c in calls if c["phase"] == "raised" and "out of bounds" in str(c.get("raised"))), None)
    if raised is None:
        return None
    labels = labels_of(view.training, calls)
    return _out_of_bounds(raised, labels, int(raised.get("classes", 0))) if labels is not None else None


def _many_hot(call: Event) -> Misfit | None:
    """Several ones in a row of targets: labels that do not exclude each other."""
    rows, target = call.get("target_row_sum"), call["target"]
    if rows is None or rows[1] < 2 - 1e-3 or call.get("one_hot") or target.get("zeros") is None:
        return None
    if target["min"] != 0.0 or target["max"] != 1.0 or abs(target["mean"] - (1 - target["zeros"])) > 1e-4:
        return None
    return Misfit(
        Fault.ENCODING, f"cross-entropy wants one class for each example, and is given up to {rows[1]:.0f} at once",
        "classes of one example, at most", rows[1], 1.0, call, remedy="binary",
    )


def _out_of_bounds(call: Event, labels: Labels, classes: int) -> Misfit | None:
    beyond = {label: n for label, n in labels.counts.items() if not 0 <= label < classes}
    if not beyond:
        return None
    low, high, count = labels.low, labels.high, sum(beyond.values())
    told = f"{labels.told()} lie in {low} to {high}"
    numbers = {"concerned": count, "of": labels.total}

    def encoding(what: str, value: float, threshold: float, remedy: str) -> Misfit:
        return Misfit(Fault.ENCODING, f"{told}, the {classes} units stand for 0 to {classes - 1}: {what}",
                      "labels out of range", value, threshold, call, remedy, **numbers)

    if low < 0:
        return encoding(f"{count} labels are negative", float(count), 0.0, "renumber" if low < -1 else "ignore")
    if low >= 1 and high == classes:
        return encoding(f"they are off by one, {count} of them out of range", float(count), 0.0, "shift")
    known = labels.whole or labels.total >= SATURATED * len(labels.counts)
    alone = len(beyond) == 1 and high >= 2 * classes and len(labels.counts) > 2
    if alone and (known or high in MARKERS):
        return encoding(f"{count} carry the marker {high}", float(count), 0.0, "marker")
    if known and len(labels.counts) <= classes:
        return encoding(
            f"only {len(labels.counts)} different ones occur, with gaps", float(count), 0.0, "renumber"
        )
    return Misfit(
        Fault.WIDTH, f"{classes} units cannot name the {high + 1} classes 0 to {high} ({count} of {labels.told()})",
        "units of the last layer", float(classes), float(high + 1), call, "width", **numbers,
    )


# ---- yes and no --------------------------------------------------------------------------------------


def _binary(view: TrainingView) -> Misfit | None:
    calls = [c for c in calls_of(view, *CROSS_ENTROPY_BINARY) if c["target"].get("min") is not None]
    if not calls:
        return None
    low, high = min(c["target"]["min"] for c in calls), max(c["target"]["max"] for c in calls)
    values = distinct_of(calls)
    if values is None or (low >= 0 and high <= 1) or any(value != int(value) for value in values):
        return None
    shape = shape_of(calls[0]["input"])
    alone = len(shape) < 2 or shape[-1] == 1
    total, beyond = sum(values.values()), sum(n for v, n in values.items() if not 0 <= v <= 1)
    names = _listed(values)
    if alone and len(values) > 2 and low in (0, 1) and high == low + len(values) - 1:
        return Misfit(
            Fault.WIDTH, f"1 unit and a binary loss cannot tell {len(values)} classes apart: the labels are {names}",
            "units of the last layer", 1.0, float(len(values)), calls[0], "width", beyond, total,
        )
    return Misfit(
        Fault.ENCODING, f"{calls[0]['function']} wants labels 0 and 1, and is given {names}: {beyond} of {total} "
        "lie outside", "labels outside 0 to 1", float(beyond), 0.0, calls[0],
        "binary-labels", beyond, total,
    )


def _signs(view: TrainingView) -> Misfit | None:
    """Hinge-like losses want −1 and +1."""
    calls = calls_of(view, "soft_margin_loss")
    values = distinct_of(calls)
    if not values or not set(values) <= {0.0, 1.0} or 0.0 not in values:
        return None
    zeros, total = values[0.0], sum(values.values())
    return Misfit(
        Fault.ENCODING, f"soft_margin_loss wants labels −1 and +1, and is given 0 for {zeros} of {total}: those "
        "teach nothing", "labels that are 0", float(zeros), 0.0, calls[0], "signs", zeros, total,
    )


# ---- numbers -----------------------------------------------------------------------------------------


def _numbers(view: TrainingView) -> Misfit | None:
    """One-hot rows against one unit, or class numbers against one unit for each class, expanded to fit."""
    for call in calls_of(view, *REGRESSION_LOSSES):
        given, target = shape_of(call["input"]), shape_of(call["target"])
        if call.get("one_hot") and len(given) == 2 and given[1] == 1 and target[1] > 1:
            return Misfit(
                Fault.ENCODING, f"1 unit is compared with {target[1]} one-hot columns: shapes {_shape(given)} and "
                f"{_shape(target)}", "columns of the targets", float(target[1]), 1.0, call, "axes",
            )
        values = distinct_of([call])
        column = len(target) == 2 and target[1] == 1 and len(given) == 2 and given[1] > 2 and given[0] == target[0]
        numbers = bool(values) and set(values or ()) <= set(range(given[1])) if column else False
        if values and numbers and len(values) > 2 and max(values) == given[1] - 1:
            return Misfit(
                Fault.ENCODING, f"{given[1]} units are each compared with the class number: shapes {_shape(given)} "
                f"and {_shape(target)}", "columns of the targets", 1.0, float(given[1]), call, "axes",
            )
    return None


def _listed(values: Counter[float]) -> str:
    ordered = sorted(values)
    names = [f"{value:g}" for value in ordered[:6]]
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(ordered) <= 6 else ", ".join(names) + " …"


def _shape(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
