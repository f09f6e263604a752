"""LOS106: the output activation cannot give what the targets ask for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, first_below, width
from unstuck.analysis.run.output import calls_of_head, heads, loss_place, operation_place
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import PASS_THROUGH, REGRESSION_LOSSES
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold

_NUMBER_OPS = ("mse_loss", "smooth_l1_loss", "huber_loss")
_UNIT, _SIGNED, _POSITIVE = (0.0, 1.0), (-1.0, 1.0), (0.0, math.inf)
RANGES: dict[str, tuple[float, float]] = {
    "sigmoid": _UNIT, "softmax": _UNIT, "hardsigmoid": _UNIT, "tanh": _SIGNED, "relu": _POSITIVE,
    "softplus": _POSITIVE, "exp": _POSITIVE, "threshold": _POSITIVE, "log_softmax": (-math.inf, 0.0),
    "log_sigmoid": (-math.inf, 0.0), "sin": _SIGNED, "cos": _SIGNED,
}
"""operation → what it can give"""
_CUT_OFF = ("hardtanh", "clamp", "clamp_min", "clamp_max")
"""operations that tell their own ends"""
_FACTS = {_UNIT: "unit", _SIGNED: "signed_unit", _POSITIVE: "positive"}
_SHARES = {_UNIT: "outside_unit", _SIGNED: "outside_signed_unit", _POSITIVE: "negative"}
_WORDS = {"relu": "ReLU", "softmax": "softmax", "log_softmax": "log-softmax", "log_sigmoid": "log-sigmoid"}


@dataclass(frozen=True)
class UnreachableTarget(Rule[TrainingView]):
    """Part of the targets lies where the output activation can never go.

    ## What it measures

    The range of the last activation (sigmoid and softmax: 0 to 1, tanh: −1 to 1, ReLU: from 0 on; times a factor
    where one follows), by the autograd graph, against the targets given to a regression loss: the share of them
    outside, and the part of their variance that is out of reach.

    ## Why it hurts

    Where a target lies outside, the network saturates at the end of its range: the error stays, and the gradient
    through the activation goes to zero.

    ## How it decides

    A share of the targets lies outside, and the squared distance from them to the range is more than a hundredth
    of the targets' variance: noise about the ends, rounding and a few outliers do not count. A squared or absolute
    error written by hand is judged by its value: with targets in reach it could not be larger than the range.

    ## Example

    ```python
    nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())   # targets: prices, or z-scores
    ```

    ## Remedies

    A linear output for targets without bounds; or scale the targets into the range, and the answers back.

    ## Known limits

    For losses written by hand the targets are not seen, and a ReLU output passes.

    ## References

    Bishop, Pattern Recognition and Machine Learning (2006), section 5.2: output activation and error function
    belong together.
    """

    code: ClassVar[str] = "LOS106"
    name: ClassVar[str] = "unreachable-target"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("given.out_of_reach", "losses.beyond_bound",)

    outside: float = threshold(0.02, unit="share of targets", source="fewer are outliers")
    variance: float = threshold(
        0.01, unit="share of the targets' variance",
        source="a sine with 10 % noise under tanh leaves 0.003 out of reach; standardised targets leave 0.15",
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each head that ends in an activation with a range."""
        for head in heads(view):
            found = self._torch_loss(view, head) or self._own_loss(view, head)
            if found is not None:
                yield found
                return

    def _torch_loss(self, view: TrainingView, head: Head) -> Finding | None:
        calls = [
            call for call in calls_of_head(view, head)
            if call["function"] in REGRESSION_LOSSES and call["target"].get("min") is not None
        ]
        start = 0 if head.function in _NUMBER_OPS else _after_absolute(head)
        if not calls or start is None or _swapped(head):
            return None
        node, ends = activation_of(head, start)
        if node is None or ends is None:
            return None
        lacking, outside = _out_of_reach(calls, ends)
        if outside < self.outside or lacking < self.variance:
            return None
        low = min(call["target"]["min"] for call in calls)
        high = max(call["target"]["max"] for call in calls)
        return self._told(
            view, head, node,
            f"{_word(node)} gives {_range(ends)}, the targets go from {low:.3g} to {high:.3g}: "
            f"{words.share(outside)} of them are out of reach",
            Evidence(label="targets outside the range of the output", value=outside, threshold=self.outside),
            Evidence(label="share of the targets' variance out of reach", value=lacking, threshold=self.variance),
            Evidence(label="smallest target", value=low, threshold=_finite(ends[0])),
            Evidence(label="largest target", value=high, threshold=_finite(ends[1])),
        )

    def _own_loss(self, view: TrainingView, head: Head) -> Finding | None:
        """Mean ← power or absolute value ← difference ← activation: a mean error has an upper bound."""
        nodes = head.nodes
        at, factor = _reduction(head)
        if head.loss is not None or len(nodes) < at + 3 or not at or nodes[at + 1].op != "sub":
            return None
        exponent = {"abs": 1.0, "pow": float((nodes[at].settings or {}).get("exponent", 0.0))}.get(nodes[at].op)
        if exponent not in (1.0, 2.0) or sum(one is not None for one in nodes[at + 1].inputs) != 1:
            return None
        node, ends = activation_of(head, at + 2)
        values = next((s.value for s in view.training.losses if s.id == head.graph.series), None)
        if node is None or ends is None or values is None or not math.isfinite(ends[1] - ends[0]):
            return None
        bound = factor * (ends[1] - ends[0]) ** exponent
        largest = float(np.max(values[np.isfinite(values)], initial=0.0))
        if largest <= bound * (1 + self.variance):
            return None
        return self._told(
            view, head, node,
            f"{_word(node)} gives {_range(ends)}, and an error of {largest:.3g} shows targets beyond it: at most "
            f"{bound:.3g} were possible",
            Evidence(label="largest mean error", value=largest, threshold=bound),
        )

    def _told(self, view: TrainingView, head: Head, node: Node, message: str, *evidence: Evidence) -> Finding:
        loss = loss_place(view, head)
        place = operation_place(view, node)
        return self.finding(
            message, view=view, place=place if place.file is not None else loss, used_at=loss,
            first_step=head.graph.step, evidence=evidence, remedies=(_LINEAR, _SCALED),
        )


def activation_of(head: Head, start: int) -> tuple[Node | None, tuple[float, float] | None]:
    """The activation nearest the loss and its range, with moves and known factors between."""
    scale = 1.0
    for index in range(start, len(head.chain)):
        node = head.node(head.chain[index])
        ends = _cut_off(node) if node.op in _CUT_OFF else RANGES.get(node.op)
        if ends is not None:
            if node.op == "softmax" and width(node) == 1:
                return None, None
            low, high = sorted(one * scale if one else 0.0 for one in ends)
            return node, (low, high)
        factor = (node.settings or {}).get("factor")
        if node.op in ("mul", "div") and factor:
            scale = scale * factor if node.op == "mul" else scale / factor
        elif node.op not in PASS_THROUGH:
            return None, None
    return None, None


def _reduction(head: Head) -> tuple[int, float]:
    """Where in the chain the error of single elements stands, and how many of it the loss can hold at most."""
    factor = 1.0
    for index, node in enumerate(head.nodes):
        known = (node.settings or {}).get("factor")
        if node.op == "sum" and index + 1 < len(head.chain):
            factor *= math.prod(head.nodes[index + 1].shape or ()) / math.prod(node.shape or ())
        elif node.op in ("mul", "div") and known and known > 0:
            factor = factor * known if node.op == "mul" else factor / known
        elif node.op != "mean":
            return index, factor
    return 0, 1.0


def _cut_off(node: Node) -> tuple[float, float] | None:
    """The ends of a clamp or a hard tanh."""
    settings = node.settings or {}
    ends = float(settings.get("min", -math.inf)), float(settings.get("max", math.inf))
    return None if math.isinf(ends[0]) and math.isinf(ends[1]) else ends


def _after_absolute(head: Head) -> int | None:
    """Where the chain goes on below `l1_loss`, which leaves Abs ← Sub in the graph."""
    if head.loss is not None:
        return None
    at = first_below(head, 0, PASS_THROUGH | {"mean", "sum", "abs", "add", "mul", "div"})
    return at + 1 if at is not None and head.node(head.chain[at]).op == "sub" else None


def _swapped(head: Head) -> bool:
    """Whether the network's answer was given as the second argument."""
    return head.loss is not None and bool(head.node(head.loss).inputs) and head.node(head.loss).inputs[0] is None


def _out_of_reach(calls: list[Event], ends: tuple[float, float]) -> tuple[float, float]:
    """Share of the targets' variance, and share of the targets, beyond the range."""
    weights = np.array([math.prod(shape_of(call["target"])) for call in calls], dtype=float)
    mean = np.array([call["target"]["mean"] for call in calls], dtype=float)
    std = np.array([call["target"]["std"] for call in calls], dtype=float)
    variance = float(np.average(std**2 + (mean - np.average(mean, weights=weights)) ** 2, weights=weights))
    # The mean of a batch beyond an end proves that much; what lies outside a range that holds ours tells more.
    beyond = np.maximum(mean - ends[1], ends[0] - mean).clip(0.0)
    missed, outside = float(np.average(beyond**2, weights=weights)), float(np.mean(beyond > 0))
    wider = next((one for one in _FACTS if one[0] <= ends[0] and ends[1] <= one[1]), None)
    if wider is not None and all("unreachable" in call for call in calls):
        facts = [(call["unreachable"][_FACTS[wider]], call[_SHARES[wider]]) for call in calls]
        missed = max(missed, float(np.average([distance for distance, _ in facts], weights=weights)))
        outside = max(outside, float(np.average([share for _, share in facts], weights=weights)))
    return missed / max(variance, 1e-12), outside


def _range(ends: tuple[float, float]) -> str:
    low, high = ends
    if math.isinf(high):
        return f"{low:.3g} and more"
    return f"{high:.3g} and less" if math.isinf(low) else f"{low:.3g} to {high:.3g}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _word(node: Node) -> str:
    return _WORDS.get(node.op, node.op.lower())


_LINEAR = Remedy(
    name="linear-output",
    text="Remove the activation from the output: a regression without bounds ends in a linear layer.",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, 1)   # no activation after it",
)
_SCALED = Remedy(
    name="scale-targets",
    text="Or scale the targets into the range of the activation, and the answers back.",
    applicability=Applicability.TRIAL,
    code="y = (y - y.min()) / (y.max() - y.min())   # for a sigmoid; fitted on the training part",
)
