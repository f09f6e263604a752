"""Activations read from the graph: what ReLU, tanh and sigmoid gave, module or function alike."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import torch

from unstuck.core.vocabulary import BOUNDED, DATA_INPUT, RECTIFIERS, WEIGHTED
from unstuck.record.events import FeatureFacts
from unstuck.watch.torch.graph_traversal import Walk, saved
from unstuck.watch.torch.summary import MAX_ELEMENTS, readable, summarise

Tensor = torch.Tensor

KEPT = {"relu": "_saved_result", "tanh": "_saved_result", "sigmoid": "_saved_result", "threshold": "_saved_self"}
"""activation → what its node keeps: the result, or what went in"""
NEAR_END = 0.01
"""share of the range that counts as its end"""
DEAD_WINDOW = 8
"""sampled batches on which a unit must stay silent to be called dead"""


@dataclass(slots=True)
class Activity:
    """Which units of one activation fired on the last sampled batches."""

    fired: deque[Tensor] = field(default_factory=lambda: deque(maxlen=DEAD_WINDOW))


def producer(found: Walk, at: int, limit: int = 40) -> int | None:
    """The operation with weights that feeds node ``at``: follow the first input down."""
    for _ in range(limit):
        inputs = [one for one in found.inputs[at] if one is not None and one not in found.leaves] if (
            at < len(found.inputs)
        ) else []
        if not inputs:
            return None
        at = inputs[0]
        if at < len(found.names) and found.names[at] in WEIGHTED:
            return at
    return None


def weight_leaf(found: Walk, at: int) -> Tensor | None:
    """The leaf with two or more axes that node ``at`` multiplies by."""
    for one in found.inputs[at]:
        steps = 0
        while one is not None and one < len(found.names) and steps < 8:
            if one in found.leaves:
                if found.leaves[one].dim() >= 2:
                    return found.leaves[one]
                break
            below = [i for i in found.inputs[one] if i is not None]
            if len(below) != 1:
                break
            one, steps = below[0], steps + 1
    return None


def activation_rows(
    found: Walk, activity: dict[Any, Activity]
) -> list[tuple[int, Tensor | None, list[float]]]:
    """(position, weight of the producing layer, summary row) of each readable activation in the graph."""
    told = []
    for at, op in enumerate(found.names):
        kept = KEPT.get(op)
        value = saved(found.nodes[at], kept) if kept is not None else None
        if value is None or not readable(value):
            continue
        made_by = producer(found, at)
        leaf = weight_leaf(found, made_by) if made_by is not None else None
        with torch.no_grad():
            value = value.detach()
            row = summarise([value])[0]
            key = (op, id(leaf) if leaf is not None else at)
            # Behind a frozen layer nothing tells what made it: four axes and more are those of images.
            convolution = found.names[made_by] == "convolution" if made_by is not None else value.dim() >= 4
            if op in RECTIFIERS:
                _count_silent(row, value, convolution, activity.setdefault(key, Activity()))
            if op in BOUNDED:
                _count_saturated(row, value, *BOUNDED[op])
        told.append((at, leaf, row))
    return told


def _count_silent(row: list[float], value: Tensor, convolution: bool, activity: Activity) -> None:
    if value.dim() < 2:
        return
    axis = 1 if convolution and value.dim() >= 3 else value.dim() - 1
    fired = (value > 0).movedim(axis, -1).reshape(-1, value.shape[axis]).any(0)
    if activity.fired and activity.fired[-1].shape != fired.shape:
        activity.fired.clear()
    activity.fired.append(fired)
    row[8] = float(fired.numel())
    row[9] = float((~fired).sum())
    if len(activity.fired) == activity.fired.maxlen:
        row[10] = float((~torch.stack(list(activity.fired)).any(0)).sum())


def _count_saturated(row: list[float], value: Tensor, low: float, high: float) -> None:
    flat = value.reshape(-1)
    if flat.numel() > MAX_ELEMENTS:
        flat = flat[:: math.ceil(flat.numel() / MAX_ELEMENTS)]
    edge = NEAR_END * (high - low)
    row[11] = float(((flat < low + edge) | (flat > high - edge)).float().mean())


KEPT_INPUT = {
    "addmm": "_saved_mat1", "mm": "_saved_self", "convolution": "_saved_input", "linear": "_saved_input",
    "bmm": "_saved_self", "rnn": "_saved_input",
}  # fmt: skip
"""product with weights → what keeps its data"""


def constant_inputs(found: Walk, owned: Any) -> list[tuple[int, Tensor]]:
    """Data that entered the network: constants (or leaves not ``owned``) multiplied by a parameter."""
    told = []
    for at, op in enumerate(found.names):
        kept, position = KEPT_INPUT.get(op), DATA_INPUT.get(op, 0)
        if kept is None or at >= len(found.inputs) or len(found.inputs[at]) <= position:
            continue
        one = found.inputs[at][position]
        if one is not None and not (one in found.leaves and not owned(found.leaves[one])):
            continue
        if weight_leaf(found, at) is None:
            continue
        value = saved(found.nodes[at], kept)
        if value is not None and readable(value):
            told.append((at, value.detach()))
    return told


def feature_facts(value: Tensor, convolution: bool) -> FeatureFacts:
    """How the features (last axis, or channels) differ in scale."""
    axis = 1 if convolution and value.dim() >= 3 else value.dim() - 1
    rows = value.movedim(axis, -1).reshape(-1, value.shape[axis])
    if rows.shape[0] < 2 or rows.numel() > MAX_ELEMENTS:
        rows = rows[: max(2, MAX_ELEMENTS // max(1, rows.shape[1]))]
    rows = rows.float()
    mean = rows.mean(0)
    std = rows.std(0, unbiased=False)
    rms = (mean**2 + std**2).sqrt()
    at = int(rms.argmax())
    return FeatureFacts(
        count=int(rms.numel()), rms_max=float(rms[at]), rms_max_at=at, rms_median=float(rms.median()),
        mean_max=float(mean.abs().max()), std_median=float(std.median()), std_max=float(std.max()),
        constant=int((std == 0).sum()),
    )
