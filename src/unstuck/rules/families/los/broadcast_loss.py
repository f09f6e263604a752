"""LOS107: every prediction is compared with every target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.output import calls_of, loss_place
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule

_ELEMENTWISE = (
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss", "kl_div", "soft_margin_loss",
    "binary_cross_entropy", "binary_cross_entropy_with_logits",
)
_REDUCING = frozenset(
    {"mean", "sum", "pow", "abs", "sqrt", "neg", "add", "div", "mul", "smooth_l1_loss", "huber_loss", "mse_loss",
     "view", "where", "square"}
)
"""operations that may stand between a difference and the loss made of it"""
_LOGARITHMS = ("log", "log_sigmoid", "log_softmax", "softplus", "log1p")


@dataclass(frozen=True)
class BroadcastLoss(Rule[TrainingView]):
    """A column of predictions meets a row of targets: the loss compares every one with every other.

    ## What it measures

    The shapes that went into losses that compare element by element; for losses written by hand, the shape of the
    difference (or of target times logarithm) against the shape of the network's answer, by the autograd graph.

    ## Why it hurts

    Shapes (N, 1) and (N,) are expanded to (N, N). Averaged over all pairs, the best answer is the mean of the
    batch for every example: the loss stops at the variance of the targets, and nothing is learned.

    ## How it decides

    As many predictions as targets (N of each), and more than N comparisons. Where one side has fewer elements
    than the other (a scalar, one row for all, several quantiles of one target) the expansion is meant.

    ## Example

    ```python
    F.mse_loss(model(x), y)   # model(x): (64, 1), y: (64,)
    ```

    ## Remedies

    Give both the same shape: `squeeze(1)` the predictions or `unsqueeze(1)` the targets.

    ## Known limits

    For losses written by hand, a difference with as many fixed points as there are examples in the batch looks the
    same; points to which the answer was unsqueezed on purpose are left alone.

    ## References

    PyTorch documentation, "Broadcasting semantics".
    """

    code: ClassVar[str] = "LOS107"
    name: ClassVar[str] = "broadcast-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("output",)
    figures: ClassVar[tuple[str, ...]] = ("loop.pairs",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the shapes of the calls; by the graph for losses written by hand."""
        for call in calls_of(view, *_ELEMENTWISE):
            shapes = shape_of(call["input"]), shape_of(call["target"])
            pairs = expanded(*shapes)
            if pairs and not _both_learned(view, call):
                yield self._told(view, loss_place(view, call=call), *shapes, pairs, int(call["step"]))
                return
            if call["phase"] == "raised" and _column_against_row(*shapes):
                yield self._refused(view, call, *shapes)
                return
        for graph in view.training.graphs:
            node, answer = _crossed(graph)
            if node is not None and answer is not None:
                place = Place(file=node.file, line=node.line) if node.file is not None else view.loss_place()
                n = math.prod(answer)
                other = (n,) if len(answer) > 1 else (n, 1)
                yield self._told(view, place, answer, other, math.prod(node.shape or ()), graph.step)
                return

    def _told(
        self, view: TrainingView, place: Place, given: tuple[int, ...], target: tuple[int, ...], pairs: int, step: int
    ) -> Finding:
        n = math.prod(given)
        return self.finding(
            f"predictions of shape {_shape(given)} against targets of shape {_shape(target)}: "
            f"{pairs} comparisons instead of {n}",
            view=view, place=place, first_step=step,
            evidence=(
                Evidence(label="comparisons in one loss", value=float(pairs), threshold=float(n)),
                Evidence(label="loss at the end", value=view.status.last),
            ),
            remedies=(_remedy(given, target),),
        )

    def _refused(self, view: TrainingView, call: Event, given: tuple[int, ...], target: tuple[int, ...]) -> Finding:
        return self.finding(
            f"{call['function']} raised: predictions of shape {_shape(given)} against targets of shape "
            f"{_shape(target)}",
            view=view, place=loss_place(view, call=call), first_step=int(call["step"]),
            evidence=(
                Evidence(label="axes of the targets", value=float(len(target)), threshold=float(len(given))),
            ),
            remedies=(_remedy(given, target),),
        )


def expanded(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """Number of comparisons where two shapes of equally many elements are expanded against each other; else 0."""
    n = math.prod(a)
    if n < 2 or n != math.prod(b) or a == b:
        return 0
    width = max(len(a), len(b))
    longer = [(1,) * (width - len(one)) + one for one in (a, b)]
    sides = list(zip(*longer, strict=True))
    if any(x != y and 1 not in (x, y) for x, y in sides):
        return 0
    pairs = math.prod(max(side) for side in sides)
    return pairs if pairs > n else 0


def _column_against_row(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether a loss that refuses other shapes was given the same ones but for axes of length one."""
    return a != b and math.prod(a) > 1 and [x for x in a if x != 1] == [x for x in b if x != 1]


def _both_learned(view: TrainingView, call: Event) -> bool:
    """Whether both sides of this call carry a gradient: pairs of embeddings are compared on purpose."""
    return any(
        node.op == "mse_loss" and node.line == call.get("line") and sum(one is not None for one in node.inputs) == 2
        for graph in view.training.graphs for node in graph.nodes
    )


def _crossed(graph: Graph) -> tuple[Node | None, tuple[int, ...] | None]:
    """The comparison of a hand-written loss that is larger than the answer in it, and the answer's shape."""
    seen = {0}
    waiting = [0]
    while waiting:
        node = graph.nodes[waiting.pop()]
        answer = _answer(graph, node)
        if answer is not None:
            return node, answer
        if node.op in _REDUCING:
            for one in node.inputs:
                if one is not None and one not in seen:
                    seen.add(one)
                    waiting.append(one)
        elif node.op == "sub" and sum(one is not None for one in node.inputs) == 2:
            # 1 − a and the like: go on into both sides
            waiting += [one for one in node.inputs if one is not None and one not in seen]
            seen.update(one for one in node.inputs if one is not None)
    return None, None


def _answer(graph: Graph, node: Node) -> tuple[int, ...] | None:
    if node.op not in ("sub", "mul") or node.shape is None or len(node.inputs) != 2:
        return None
    learned = [one for one in node.inputs if one is not None]
    if len(learned) != 1:
        return None
    below = graph.nodes[learned[0]]
    if below.shape is None or below.op in ("unsqueeze", "expand"):
        return None
    if node.op == "mul" and not _logarithm(graph, learned[0]):
        return None
    n = math.prod(below.shape)
    if n > 1 and len(node.shape) == 2 and tuple(node.shape) == (n, n):
        return tuple(below.shape)
    return None


def _logarithm(graph: Graph, at: int) -> bool:
    """Whether the operation, or the one below it, is a logarithm: cross-entropy written by hand."""
    node = graph.nodes[at]
    below = [graph.nodes[one].op for one in node.inputs if one is not None]
    return node.op in _LOGARITHMS or (node.op in ("neg", "clamp", "clamp_min") and any(o in _LOGARITHMS for o in below))


def _shape(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _remedy(given: tuple[int, ...], target: tuple[int, ...]) -> Remedy:
    column = len(given) >= len(target)
    return Remedy(
        name="same-shape",
        text="Give predictions and targets the same shape.",
        applicability=Applicability.SAFE,
        code=("loss = F.mse_loss(prediction.squeeze(-1), target)   # both (N,)" if column
              else "loss = F.mse_loss(prediction, target.squeeze(-1))   # both (N,)"),
    )
