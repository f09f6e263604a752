"""LOS106: targets outside the range of the output activation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, first_below, learned_inputs, reduction, width
from unstuck.analysis.run.output import NO_HEAD, calls_of_head, has_readable_head, heads, loss_place, operation_place
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import (
    CLIPPING,
    OPERATION_NAMES,
    OUTPUT_RANGE,
    PASS_THROUGH,
    REGRESSION_LOSSES,
    REGRESSION_OPERATIONS,
)
from unstuck.core.words import share
from unstuck.record.events import LossCall
from unstuck.rules.rule import Rule, TooLittle, threshold

Range = tuple[float, float]


@dataclass(frozen=True)
class UnreachableTarget(Rule[TrainingView]):
    """Part of the targets lies outside the range of the output activation.

    ## What it measures

    The range of the last activation (sigmoid and softmax: 0 to 1, tanh: −1 to 1, ReLU: 0 and above; times a factor
    that follows), by the autograd graph, and the targets of a regression loss: the share outside that range, and the
    part of their variance that no output in the range can explain.

    ## Why it hurts

    Where a target lies outside, the network saturates at the end of its range: the error stays, and the gradient
    through the activation goes to zero.

    ## How it decides

    A share of the targets lies outside, and their squared distance from the range is more than a hundredth of the
    targets' variance: noise at the ends, rounding and a few outliers do not count. A squared or absolute error written
    by hand is judged by its value: with all targets in range it cannot be larger than the range.

    ## Example

    ```python
    nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())   # targets: prices, or z-scores
    ```

    ## Remedies

    Use a linear output for unbounded targets. Or scale the targets into the range, and the predictions back.

    ## Known limits

    The targets of a loss written by hand are not recorded, so a ReLU output cannot be judged there.

    ## References

    Bishop, Pattern Recognition and Machine Learning (2006), section 5.2: the choice of output activation and of error
    function go together.
    """

    code: ClassVar[str] = "LOS106"
    name: ClassVar[str] = "unreachable-target"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("loss_inputs.out_of_reach", "losses.beyond_bound",)

    outside: float = threshold(0.02, unit="share of targets", source="fewer are outliers")
    variance: float = threshold(
        0.01, unit="share of the targets' variance",
        source="a sine with 10 % noise under tanh leaves 0.003 out of range; standardised targets leave 0.15",
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each head that ends in an activation with a range."""
        unmeasured = None if has_readable_head(view) else TooLittle(NO_HEAD)
        for head in heads(view):
            try:
                finding = self._by_targets(view, head) or self._by_error(view, head)
            except TooLittle as reason:
                unmeasured = reason
                continue
            if finding is not None:
                yield finding
                return
        if unmeasured is not None:
            raise unmeasured

    def _by_targets(self, view: TrainingView, head: Head) -> Finding | None:
        """A loss function whose targets are recorded."""
        start = 0 if head.function in REGRESSION_OPERATIONS else _below_absolute_error(head)
        if start is None or head.has_swapped_arguments:
            return None
        node, limits = _activation(head, start)
        if node is None or limits is None:
            return None
        calls = [call for call in calls_of_head(view, head) if call.function in REGRESSION_LOSSES]
        lows = [call.target.min for call in calls if call.target.min is not None]
        highs = [call.target.max for call in calls if call.target.max is not None]
        calls = [call for call in calls if call.target.moments is not None]
        if not calls or not lows or not highs:
            if head.function is None:
                return None
            raise TooLittle(f"the targets of {head.function} at a sampled step")
        lacking, outside = _out_of_range(calls, limits)
        if outside < self.outside or lacking < self.variance:
            return None
        low, high = min(lows), max(highs)
        return self._finding(
            view, head, node,
            f"targets range from {low:.3g} to {high:.3g}, but {_name(node)} outputs {_in_words(limits)}: "
            f"{share(outside)} of the targets are out of range",
            Evidence(key="targets_outside_range", label="targets outside the range of the output", value=outside,
                     threshold=self.outside, unit="share"),
            Evidence(key="variance_outside_range", label="variance of the targets that no output can explain",
                     value=lacking, threshold=self.variance, unit="share"),
            Evidence(key="smallest_target", label="smallest target", value=low, threshold=_finite(limits[0])),
            Evidence(key="largest_target", label="largest target", value=high, threshold=_finite(limits[1])),
        )

    def _by_error(self, view: TrainingView, head: Head) -> Finding | None:
        """Mean ← power or absolute value ← difference ← activation: such an error has an upper bound."""
        nodes = head.nodes
        at, factor = reduction(head)
        if head.loss is not None or not at or len(nodes) < at + 3 or nodes[at + 1].op != "sub":
            return None
        exponent = {"abs": 1.0, "pow": nodes[at].settings.get("exponent", 0.0)}.get(nodes[at].op)
        if exponent not in (1.0, 2.0) or len(learned_inputs(nodes[at + 1])) != 1:
            return None
        node, limits = _activation(head, at + 2)
        values = next((series.value for series in view.training.losses if series.id == head.graph.series), None)
        if node is None or limits is None or values is None:
            return None
        if not math.isfinite(limits[1] - limits[0]):
            raise TooLittle("the targets of a loss written by hand")
        bound = factor * (limits[1] - limits[0]) ** exponent
        largest = float(np.max(values[np.isfinite(values)], initial=0.0))
        if largest <= bound * (1 + self.variance):
            return None
        return self._finding(
            view, head, node,
            f"the loss reaches {largest:.3g}, but {_name(node)} outputs {_in_words(limits)}: with targets in that "
            f"range the loss is at most {bound:.3g}",
            Evidence(key="largest_mean_error", label="largest mean error", value=largest, threshold=bound),
        )

    def _finding(self, view: TrainingView, head: Head, node: Node, message: str, *evidence: Evidence) -> Finding:
        loss, place = loss_place(view, head), operation_place(view, node)
        return self.finding(
            message, view=view, place=place if place.file is not None else loss, used_at=loss,
            first_step=head.graph.step, evidence=evidence, remedies=(_LINEAR, _SCALED),
        )


def _activation(head: Head, start: int) -> tuple[Node | None, Range | None]:
    """The activation nearest the loss and its range; only moves and constant factors may follow it."""
    scale = 1.0
    for node in head.nodes[start:]:
        limits = _clipped(node) if node.op in CLIPPING else OUTPUT_RANGE.get(node.op)
        if limits is not None:
            if node.op == "softmax" and width(node) == 1:
                return None, None
            low, high = sorted(limit * scale if limit else 0.0 for limit in limits)
            return node, (low, high)
        factor = node.settings.get("factor")
        if node.op in ("mul", "div") and factor:
            scale = scale * factor if node.op == "mul" else scale / factor
        elif node.op not in PASS_THROUGH:
            return None, None
    return None, None


def _clipped(node: Node) -> Range | None:
    """The range of a clamp or a hard tanh."""
    low, high = float(node.settings.get("min", -math.inf)), float(node.settings.get("max", math.inf))
    return None if math.isinf(low) and math.isinf(high) else (low, high)


def _below_absolute_error(head: Head) -> int | None:
    """Where the chain continues below `l1_loss`, which leaves ``abs`` ← ``sub`` in the graph."""
    if head.loss is not None:
        return None
    at = first_below(head, 0, PASS_THROUGH | {"mean", "sum", "abs", "add", "mul", "div"})
    return at + 1 if at is not None and head.nodes[at].op == "sub" else None


def _out_of_range(calls: Sequence[LossCall], limits: Range) -> tuple[float, float]:
    """Share of the targets' variance, and share of the targets, outside the range."""
    weights = np.array([math.prod(shape_of(call.target)) for call in calls], dtype=np.float64)
    moments = np.array([call.target.moments for call in calls], dtype=np.float64)
    mean, std = moments[:, 0], moments[:, 1]
    variance = float(np.average(std**2 + (mean - np.average(mean, weights=weights)) ** 2, weights=weights))
    # A batch mean outside the range is a lower bound; the recorded facts of a wider range may give a higher one.
    beyond = np.maximum(mean - limits[1], limits[0] - mean).clip(0.0)
    distance, outside = float(np.average(beyond**2, weights=weights)), float(np.mean(beyond > 0))
    recorded = [facts for call in calls if (facts := _recorded(call, limits)) is not None]
    if len(recorded) == len(calls):
        distance = max(distance, float(np.average([squared for squared, _ in recorded], weights=weights)))
        outside = max(outside, float(np.average([part for _, part in recorded], weights=weights)))
    return distance / max(variance, 1e-12), outside


def _recorded(call: LossCall, limits: Range) -> tuple[float, float] | None:
    """Mean squared distance of the targets from the smallest recorded range that holds this one; the share outside."""
    facts = call.unreachable
    if facts is None:
        return None
    low, high = limits
    if low >= 0.0 and high <= 1.0:
        squared, part = facts.unit, call.outside_unit
    elif low >= -1.0 and high <= 1.0:
        squared, part = facts.signed_unit, call.outside_signed_unit
    elif low >= 0.0:
        squared, part = facts.positive, call.negative
    else:
        return None
    return (squared, part) if part is not None else None


def _in_words(limits: Range) -> str:
    low, high = limits
    if math.isinf(high):
        return f"{low:.3g} or more"
    return f"{high:.3g} or less" if math.isinf(low) else f"{low:.3g} to {high:.3g}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _name(node: Node) -> str:
    return OPERATION_NAMES.get(node.op, node.op)


_LINEAR = Remedy(
    name="linear-output",
    text="Remove the activation from the output: a regression of unbounded targets ends in a linear layer.",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, 1)   # no activation after it",
)
_SCALED = Remedy(
    name="scale-targets",
    text="Or scale the targets into the range of the activation, and the predictions back.",
    applicability=Applicability.TRIAL,
    code="y = (y - y.min()) / (y.max() - y.min())   # for a sigmoid; fit the scale on the training split",
)
