"""Loss functions of ``torch.nn.functional``: what went into them, in numbers that do not keep the data."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from types import UnionType
from typing import Any

import torch

from unstuck.core.vocabulary import (
    BINARY_LOSSES,
    CLASS_LOSSES,
    CROSS_ENTROPY_BINARY,
    LIKELIHOOD_LOSSES,
    REGRESSION_LOSSES,
    ROBUST_LOSSES,
)
from unstuck.record.events import LossCall, PositiveFacts, UnreachableFacts
from unstuck.watch.torch.ctc import sequence_facts
from unstuck.watch.torch.summary import MAX_ELEMENTS, describe, has_values, readable

Tensor = torch.Tensor

FUNCTIONS = (
    "cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "l1_loss",
    "smooth_l1_loss", "huber_loss", "kl_div", "poisson_nll_loss", "gaussian_nll_loss", "hinge_embedding_loss",
    "soft_margin_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss",
    "margin_ranking_loss", "cosine_embedding_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
    "ctc_loss",
)
MEASURED = {*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY, *REGRESSION_LOSSES}
"""losses of which the mean over the elements is taken as well"""
MAX_CLASSES = 1000
MAX_DISTINCT = 32
MAX_COLUMNS = 64
MIN_COLUMN = 4
"""examples in a batch below which nothing is said about a column of targets"""
MAX_ROWS = 1 << 14
"""rows of logits looked at in one call"""


Facts = dict[str, Any]
"""some fields of a `LossCall`"""


def loss_facts(function: str, arguments: tuple[Any, ...]) -> LossCall:
    """Shapes, types, ranges, label counts and what else the rules ask of one call of a loss function."""
    given, target = arguments[0], arguments[1]
    facts = _options(function, arguments)
    if isinstance(given, Tensor) and isinstance(target, Tensor) and has_values(given) and has_values(target):
        facts |= _values(function, arguments, given.detach(), target.detach())
        if function == "ctc_loss":
            with suppress(Exception):  # a call that raised: its arguments may be of any kind
                facts["sequences"] = sequence_facts(arguments)
    return LossCall(function=function, input=describe(given), target=describe(target), **facts)


def _values(function: str, arguments: tuple[Any, ...], given: Tensor, target: Tensor) -> Facts:
    facts = _mean_loss(function, arguments) if function in MEASURED else {}
    if function in CLASS_LOSSES and given.dim() >= 1:
        facts |= _class_facts(function, given, target)
    elif function in BINARY_LOSSES:
        facts |= _binary_facts(function, given, target)
    elif function in REGRESSION_LOSSES:
        facts |= _number_facts(given, target)
        if function in ROBUST_LOSSES and readable(target) and target.numel() <= MAX_ELEMENTS:
            facts |= _constant_loss(function, arguments)
    return facts


OPTIONS: Mapping[str, type | UnionType] = {
    "reduction": str, "ignore_index": int, "label_smoothing": int | float, "delta": int | float, "beta": int | float,
    "weight": int | float, "pos_weight": int | float,
}  # fmt: skip
"""what else decides the baseline loss → the type that it has where it is no tensor"""


@cache
def _parameters(function: str) -> tuple[str, ...]:
    """The names of a loss function's parameters, in order."""
    return tuple(inspect.signature(getattr(torch.nn.functional, function)).parameters)


def _options(function: str, arguments: tuple[Any, ...]) -> Facts:
    """Reduction, smoothing and weights of one call; those that are None are left out."""
    options: Facts = {}
    for name, value in zip(_parameters(function), arguments, strict=False):
        usual = OPTIONS.get(name)
        if usual is None:
            continue
        if isinstance(value, Tensor) and name in ("weight", "pos_weight") and has_values(value):
            options[name] = tuple(float(weight) for weight in value.detach().reshape(-1)[:MAX_CLASSES].tolist())
        elif isinstance(value, usual):
            options[name] = value
    return options


def _mean_loss(function: str, arguments: tuple[Any, ...]) -> Facts:
    """The call's loss with its reduction set to the mean: what the loss on the timeline is a multiple of.

    Computed beneath ``torch.nn.functional``, where nobody watches: a call that raised raises again.
    """
    named = dict(zip(_parameters(function), arguments, strict=False))
    given, target, weight = named["input"].detach(), named["target"].detach(), named.get("weight")
    nn: Any = torch._C._nn
    found: Tensor
    with suppress(Exception):
        if function == "cross_entropy":
            ignored, smoothing = named.get("ignore_index", -100), named.get("label_smoothing", 0.0)
            found = nn.cross_entropy_loss(given, target, weight, 1, ignored, smoothing)
        elif function == "nll_loss":
            found = nn.nll_loss_nd(given, target, weight, 1, named.get("ignore_index", -100))
        elif function == "binary_cross_entropy":
            found = nn.binary_cross_entropy(given, target, weight, 1)
        elif function == "binary_cross_entropy_with_logits":
            found = torch.binary_cross_entropy_with_logits(given, target, weight, named.get("pos_weight"), 1)
        elif weight is None and (given.shape == target.shape or given.numel() * target.numel() <= MAX_ELEMENTS):
            width = {"huber_loss": "delta", "smooth_l1_loss": "beta"}.get(function)
            options = (named[width],) if width else ()
            given, target = torch.broadcast_tensors(given, target)  # type: ignore[no-untyped-call]
            found = getattr(nn, function)(given, target, 1, *options)
        else:
            return {}
        return {"mean": float(found)}
    return {}


BENT_BY = {"l1_loss": None, "smooth_l1_loss": "beta", "huber_loss": "delta"}
"""losses whose best constant lies near the median → the option that bends them"""


def _constant_loss(function: str, arguments: tuple[Any, ...]) -> Facts:
    """The mean loss of always answering the batch's median, column by column."""
    named = dict(zip(_parameters(function), arguments, strict=False))
    target = named["target"].detach().float()
    if named.get("weight") is not None or target.dim() < 1 or target.shape[0] < MIN_COLUMN:
        return {}
    rows = target.reshape(target.shape[0], -1)
    option = BENT_BY[function]
    options = (named[option],) if option else ()
    median = rows.median(0).values.expand_as(rows)
    nn: Any = torch._C._nn
    return {"constant": float(getattr(nn, function)(median, rows, 1, *options))}


def _columns(target: Tensor) -> Facts:
    """Mean and variance of every column of the targets; the mean of the variances where there are many."""
    if target.dim() < 2 or target.shape[0] < MIN_COLUMN or target.numel() > MAX_ELEMENTS:
        return {}
    rows = target.reshape(target.shape[0], -1).float()
    if rows.shape[1] < 2:
        return {}
    mean, variance = rows.mean(0), rows.var(0)
    if rows.shape[1] > MAX_COLUMNS:
        return {"column_variance": float(variance.mean())}
    return {"column_mean": tuple(mean.tolist()), "column_variance": tuple(variance.tolist())}


def rows_of_classes(given: Tensor) -> Tensor:
    """(N, C, …) or (C,) → (rows, C), at most `MAX_ROWS` rows."""
    if given.dim() == 1:
        return given.unsqueeze(0)
    rows = given.movedim(1, -1).reshape(-1, given.shape[1])
    return rows[:MAX_ROWS].float()


def _class_facts(function: str, given: Tensor, target: Tensor) -> Facts:
    rows = rows_of_classes(given)
    if not rows.numel():
        return {}
    facts: Facts = {"classes": rows.shape[1]}
    sums = rows.sum(1)
    facts["row_sum_error"] = float((sums - 1).abs().max())
    facts["row_min"] = float(rows.min())
    if function == "nll_loss":
        facts["log_normaliser"] = float(torch.logsumexp(rows, 1).abs().mean())
    predicted = rows.argmax(1)
    facts["predicted"] = counts(predicted)
    if not target.is_floating_point():
        flat = target.reshape(-1)[:MAX_ROWS]
        facts["labels"] = counts(flat)
        if flat.shape == predicted.shape:
            facts["hits"] = counts(flat[flat == predicted])
    elif target.shape == given.shape:
        wanted = rows_of_classes(target)
        total = wanted.sum(1)
        facts["target_row_sum"] = (float(total.min()), float(total.max()))
        facts["one_hot"] = bool(((wanted == 0) | (wanted == 1)).all()) and bool((total == 1).all())
        facts["labels"] = counts(wanted.argmax(1))
        facts["hits"] = counts(wanted.argmax(1)[wanted.argmax(1) == predicted])
    return facts


def _binary_facts(function: str, given: Tensor, target: Tensor) -> Facts:
    facts: Facts = {"distinct": distinct(target), **_columns(target)}
    if given.shape == target.shape and given.numel() and given.numel() <= MAX_ELEMENTS:
        edge = 0.5 if function == "binary_cross_entropy" else 0.0
        positive = given > edge
        wanted = target > 0.5
        facts["positive"] = PositiveFacts(
            predicted=int(positive.sum()), labels=int(wanted.sum()), hits=int((positive & wanted).sum()),
            of=given.numel(),
        )
    return facts


def _number_facts(given: Tensor, target: Tensor) -> Facts:
    facts: Facts = {}
    if readable(target) and target.numel() <= MAX_ELEMENTS:
        flat = target.reshape(-1).float()
        facts["distinct"] = distinct(target)
        facts["absolute_deviation"] = float((flat - flat.median()).abs().mean())
        facts |= _columns(target)
        facts["outside_unit"] = float(((flat < 0) | (flat > 1)).float().mean())
        facts["outside_signed_unit"] = float((flat.abs() > 1).float().mean())
        facts["negative"] = float((flat < 0).float().mean())
        facts["unreachable"] = UnreachableFacts(
            unit=float((flat - flat.clamp(0, 1)).square().mean()),
            signed_unit=float((flat - flat.clamp(-1, 1)).square().mean()),
            positive=float((flat - flat.clamp(min=0)).square().mean()),
        )
        if target.dim() == 2 and target.shape[1] > 1:
            facts["one_hot"] = bool(((target == 0) | (target == 1)).all()) and bool((target.sum(1) == 1).all())
            if facts["one_hot"]:
                facts["labels"] = counts(target.argmax(1))
    if given.shape != target.shape:
        with suppress(RuntimeError):  # shapes that do not fit: the loss raises, and the facts are told all the same
            facts["broadcast"] = tuple(torch.broadcast_shapes(given.shape, target.shape))  # type: ignore[no-untyped-call]
    return facts


def counts(labels: Tensor) -> dict[int, int]:
    """How often each class number occurs, the commonest first; classes beyond the first thousand are left out."""
    values, numbers = torch.unique(labels, return_counts=True)
    pairs = sorted(zip(values.tolist(), numbers.tolist(), strict=True), key=lambda pair: -pair[1])
    return {int(value): number for value, number in pairs[:MAX_CLASSES]}


def distinct(tensor: Tensor) -> tuple[tuple[float, float], ...] | None:
    """Value and count of each distinct number, where there are few; None where there are many."""
    flat = tensor.reshape(-1)[: 1 << 16]
    if not flat.numel():
        return None
    if flat.numel() > 64 and torch.unique(flat[:256]).numel() > MAX_DISTINCT:
        return None
    values, numbers = torch.unique(flat, return_counts=True)
    if values.numel() > MAX_DISTINCT:
        return None
    return tuple((float(v), float(n)) for v, n in zip(values.tolist(), numbers.tolist(), strict=True))


def example_losses(function: str, arguments: tuple[Any, ...]) -> list[float] | None:
    """The loss of each example of one batch, NaN for those left out, where the call has one an example; else None."""
    given, target = arguments[0], arguments[1]
    if function != "cross_entropy" or not isinstance(target, Tensor) or not has_values(target):
        return None
    if given.dim() != 2 or target.dim() != 1:
        return None
    if target.is_floating_point() or len(given) != len(target) or not given.numel():
        return None
    with torch.no_grad():
        losses = torch.nn.functional.log_softmax(given.detach().float(), 1)
        inside = target.clamp(0, given.shape[1] - 1)
        found = -losses.gather(1, inside.unsqueeze(1)).squeeze(1)
        ignored = (target != inside) | (target == dict(zip(_parameters(function), arguments, strict=False)).get(
            "ignore_index", -100
        ))
        found = found.masked_fill(ignored, math.nan)
    return [round(value, 5) if math.isfinite(value) else value for value in found[:1024].tolist()]
