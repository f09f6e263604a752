"""One sampled step: from the end of the step before it to its own end, looked at closely."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch

from unstuck.record import schema
from unstuck.record.events import GradientFacts, LossCall
from unstuck.watch.source import Where
from unstuck.watch.torch.summary import MAX_ELEMENTS, finish, histogram, measure, readable, strided, summarise

Tensor = torch.Tensor
MAX_OUTPUTS = 400
MAX_BACKWARDS = 16
"""backward calls of one step that are looked at"""
MAX_WAITED = 1024
"""backward calls after which a sampled step is closed, step or not"""
MAX_SNAPSHOT = 1 << 23
"""elements of weights kept for the length of one step, to measure the update; larger models by strided parts"""


@dataclass(slots=True)
class Gradients:
    """What one optimiser's gradients were like at the backward calls and at the step of one sampled step."""

    entries: int = 0
    """backward calls before its step"""
    clean: int = 0
    """of them, those that began with no gradient left over"""
    stale_norm: float = 0.0
    """norm of what was left over when the first backward began"""
    stepped: bool = False
    parameters: int = 0
    none: int = 0
    zero: int = 0
    norm: float = 0.0
    moved: int = 0
    left: tuple[int, int] | None = None
    """identity and version of a gradient as the last backward left it"""
    intact: bool = False

    def facts(self, zeroed: int) -> GradientFacts:
        """As they are written."""
        return GradientFacts(
            entries=self.entries, clean=self.clean, stale_norm=self.stale_norm, stepped=self.stepped,
            parameters=self.parameters, none=self.none, zero=self.zero, norm=self.norm, moved=self.moved, zeroed=zeroed,
            intact=self.intact,
        )


@dataclass(slots=True)
class SampledStep:
    """What one sampled step has gathered so far."""

    index: int
    traced: bool
    thread: int | None = None
    """the thread whose modules are measured"""
    cost: float = 0.0
    backwards: int = 0
    outputs: dict[int, Tensor] = field(default_factory=dict)
    """module id → measured output of the first training forward"""
    gradients: dict[int, Gradients] = field(default_factory=dict)
    """optimiser number → its gradients"""
    before: dict[int, list[tuple[Tensor, Tensor, float]]] = field(default_factory=dict)
    """optimiser number → (parameter, copy of it before the step, elements each stands for)"""
    rows: list[tuple[int, list[float]]] = field(default_factory=list)
    histograms: list[tuple[int, list[float]]] = field(default_factory=list)
    training: int | None = None
    leaves: dict[int, Tensor] = field(default_factory=dict)
    """raw leaves reached, where there is no optimiser"""
    raw: list[tuple[str, str, list[float]]] = field(default_factory=list)
    """rows of raw leaves: what, name, summary; dropped where it turns out that an optimiser moves them"""
    leaf_names: dict[int, str] = field(default_factory=dict)
    stale: dict[int, float] = field(default_factory=dict)
    """raw leaf → norm of the gradient that it still had when the backward began"""
    fresh: dict[int, float] = field(default_factory=dict)
    """raw leaf → norm of its gradient after the backward"""
    ungraded: dict[int, None] = field(default_factory=dict)
    """leaf modules in training mode that were called with gradients off"""
    calls: list[tuple[Any, LossCall, Where, list[float] | None]] = field(default_factory=list)
    """loss calls not yet told: their node, facts, place and losses of single examples"""
    modes: dict[int, bool] = field(default_factory=dict)
    """layer that depends on the mode → whether it was in training mode when it was last called with gradients on"""
    dropouts: dict[tuple[str, int], bool] = field(default_factory=dict)
    """line that calls dropout as a function → whether it was on"""
    nodes: int = 0
    """operations in the largest graph"""


def first_gradient(parameters: Iterable[Tensor]) -> tuple[int, int] | None:
    """Identity and version of the first gradient that there is."""
    gradient = next((p.grad for p in parameters if p.grad is not None), None)
    return None if gradient is None else (id(gradient), gradient._version)


def snapshot(parameters: list[Tensor]) -> list[tuple[Tensor, Tensor, float]]:
    """A copy of each readable parameter, by strided parts where the model is large."""
    readables = [p for p in parameters if readable(p)]
    total = sum(p.numel() for p in readables)
    share = 1.0 if total <= MAX_SNAPSHOT else MAX_SNAPSHOT / total
    kept = []
    for parameter in readables:
        limit = min(MAX_ELEMENTS, max(64, int(parameter.numel() * share)))
        part, weight = strided(parameter, limit)
        kept.append((parameter, part.clone(), weight))
    return kept


def update_row(parameter: Tensor, before: Tensor, weight: float) -> list[float]:
    """Summary of how far a parameter moved since ``before`` was copied."""
    after, _ = strided(parameter, max(1, before.numel()))
    if after.shape != before.shape:
        after = after[: before.numel()]
    if after.dtype in (torch.float16, torch.bfloat16):
        after, before = after.float(), before.float()
    measured = measure(after - before).tolist()
    measured[6] *= weight
    return finish(measured)


def has_moved(parameter: Tensor, before: Tensor) -> bool:
    """Whether a parameter is no longer what was copied."""
    after, _ = strided(parameter, max(1, before.numel()))
    return after.shape != before.shape or not torch.equal(after, before)


def gradient_norm(parameters: list[Tensor]) -> tuple[float, int, int]:
    """Joint norm of the gradients, how many are None, how many are all zero."""
    found = [p.grad for p in parameters]  # read once: another thread may set them to None meanwhile
    gradients = [gradient for gradient in found if gradient is not None and readable(gradient)]
    none = sum(gradient is None for gradient in found)
    if not gradients:
        return 0.0, none, 0
    # Half types have three digits and little range; a float32 has neither for the square of an exploded gradient.
    half = any(gradient.dtype in (torch.float16, torch.bfloat16) for gradient in gradients)
    norms = [float(norm) for norm in torch._foreach_norm(gradients, 2, torch.float32 if half else None)]
    if not math.isfinite(sum(norm * norm for norm in norms)):
        norms = [float(norm) for norm in torch._foreach_norm(gradients, 2, torch.float64)]
    return sum(norm * norm for norm in norms) ** 0.5, none, sum(norm == 0.0 for norm in norms)


def parameter_rows(parameters: list[Tensor]) -> tuple[list[list[float]], list[list[float] | None]]:
    """Summaries of the weights and of their gradients (None where there is none)."""
    weights = summarise(parameters)
    gradients = [gradient if readable(gradient := p.grad) else None for p in parameters]
    rows = iter(summarise([gradient for gradient in gradients if gradient is not None]))
    return weights, [None if gradient is None else next(rows) for gradient in gradients]


def histogram_columns() -> int:
    """Columns of a histogram frame: lowest, highest, counts."""
    return 2 + schema.HISTOGRAM_BINS


__all__ = [
    "MAX_BACKWARDS",
    "MAX_OUTPUTS",
    "MAX_WAITED",
    "Gradients",
    "SampledStep",
    "first_gradient",
    "gradient_norm",
    "has_moved",
    "histogram",
    "histogram_columns",
    "parameter_rows",
    "snapshot",
    "update_row",
]
