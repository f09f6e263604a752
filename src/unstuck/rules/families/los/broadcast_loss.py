"""LOS107: the loss compares every prediction with every target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.head import learned_inputs, region
from unstuck.analysis.run.output import NO_HEAD, calls_of, has_readable_head, loss_place
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, ELEMENTWISE_LOSSES, ERROR_ARITHMETIC, LOGARITHMS, REGRESSION_OPERATIONS
from unstuck.record.events import LossCall
from unstuck.rules.rule import Rule, TooLittle

Shape = tuple[int, ...]

_ABOVE_DIFFERENCE = ERROR_ARITHMETIC | REGRESSION_OPERATIONS | {"neg", "add", "div", "mul", "view", "where"}
"""operations that may stand between a difference and a loss that is made of it"""
_LOG_LIKELIHOODS = LOGARITHMS | {"softplus"}


@dataclass(frozen=True)
class BroadcastLoss(Rule[TrainingView]):
    """A column of predictions is broadcast against a row of targets: every prediction is compared with every target.

    ## What it measures

    The shapes of predictions and targets in losses that compare element by element. For losses written by hand: the
    shape of the difference (or of target times logarithm) and the shape of the network's output, by the autograd
    graph.

    ## Why it hurts

    Shapes (N, 1) and (N,) are broadcast to (N, N), a mask made of labels (N, 1) has one axis more than the pairs or
    triples that it chooses. The mean over all pairs is lowest where every prediction is the mean of the batch. The loss
    stops at the variance of the targets, and nothing is learned.

    ## How it decides

    There are as many predictions as targets (N of each), and more than N comparisons. Or terms with an axis of the
    batch for each member of a pair or triple are multiplied by a constant with one such axis more. Where one side has
    fewer elements than the other (a scalar, one row for all, several quantiles of one target) broadcasting is intended.

    ## Example

    ```python
    F.mse_loss(model(x), y)   # model(x): (64, 1), y: (64,)
    ```

    ## Remedies

    Give both the same shape: `squeeze(1)` the predictions or `unsqueeze(1)` the targets.

    ## Known limits

    In losses written by hand, a difference from as many fixed points as there are examples in the batch looks the
    same. Outputs that the program unsqueezes for this purpose are not reported.

    ## References

    PyTorch documentation, "Broadcasting semantics".
    """

    code: ClassVar[str] = "LOS107"
    name: ClassVar[str] = "broadcast-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("output",)
    figures: ClassVar[tuple[str, ...]] = ("loop.pairs", "shares.reported")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the shapes of the calls; by the graph for losses written by hand."""
        for call in calls_of(view, *ELEMENTWISE_LOSSES):
            prediction, target = shape_of(call.input), shape_of(call.target)
            comparisons = num_comparisons(prediction, target)
            if comparisons and not _are_both_learned(view, call):
                place = loss_place(view, call=call)
                yield self._broadcast(view, place, prediction, target, comparisons, call.step)
                return
            if call.phase == "raised" and _differ_in_unit_axes(prediction, target):
                yield self._raised(view, call, prediction, target)
                return
        for graph in view.training.graphs:
            finding = self._by_graph(view, graph)
            if finding is not None:
                yield finding
                return
        if not view.all_calls and not has_readable_head(view):
            raise TooLittle(NO_HEAD)

    def _by_graph(self, view: TrainingView, graph: Graph) -> Finding | None:
        node, output = _broadcast_difference(graph)
        if node is None or output is None:
            return self._tuples(view, graph)
        place = Place(file=node.file, line=node.line) if node.file is not None else view.loss_place()
        n = math.prod(output)
        target = (n,) if len(output) > 1 else (n, 1)
        return self._broadcast(view, place, output, target, math.prod(node.shape or ()), graph.step)

    def _tuples(self, view: TrainingView, graph: Graph) -> Finding | None:
        """Terms for each pair or triple of examples, multiplied by a mask that has one axis more."""
        node, terms = _broadcast_tuples(graph)
        if node is None or node.shape is None:
            return None
        found, meant = math.prod(node.shape), math.prod(terms)
        return self.finding(
            f"terms of shape {terms} are broadcast against a constant of {len(node.shape)} axes: {found} terms instead "
            f"of {meant}",
            view=view, place=Place(file=node.file, line=node.line) if node.file is not None else view.loss_place(),
            used_at=view.loss_place(), first_step=graph.step,
            evidence=(
                Evidence(key="num_terms", label="terms in one loss", value=float(found), threshold=float(meant)),
                Evidence(key="loss_at_end", label="loss at the end", value=view.status.last),
            ),
            remedies=(_FLAT,),
        )  # fmt: skip

    def _broadcast(
        self, view: TrainingView, place: Place, prediction: Shape, target: Shape, comparisons: int, step: int
    ) -> Finding:
        n = math.prod(prediction)
        return self.finding(
            f"predictions of shape {prediction} are broadcast against targets of shape {target}: {comparisons} "
            f"comparisons instead of {n}",
            view=view, place=place, first_step=step,
            evidence=(
                Evidence(key="num_comparisons", label="comparisons in one loss", value=float(comparisons),
                         threshold=float(n)),
                Evidence(key="loss_at_end", label="loss at the end", value=view.status.last),
            ),
            remedies=(_remedy(prediction, target),),
        )

    def _raised(self, view: TrainingView, call: LossCall, prediction: Shape, target: Shape) -> Finding:
        return self.finding(
            f"{call.function} raised on predictions of shape {prediction} and targets of shape {target}",
            view=view, place=loss_place(view, call=call), first_step=call.step,
            evidence=(
                Evidence(key="target_axes", label="axes of the targets", value=float(len(target)),
                         threshold=float(len(prediction))),
            ),
            remedies=(_remedy(prediction, target),),
        )


def num_comparisons(a: Shape, b: Shape) -> int:
    """Number of comparisons where two shapes of equally many elements are broadcast against each other; otherwise 0."""
    n = math.prod(a)
    if n < 2 or n != math.prod(b) or a == b:
        return 0
    axes = max(len(a), len(b))
    padded = [(1,) * (axes - len(shape)) + shape for shape in (a, b)]
    lengths = list(zip(*padded, strict=True))
    if any(x != y and 1 not in (x, y) for x, y in lengths):
        return 0
    comparisons = math.prod(max(pair) for pair in lengths)
    return comparisons if comparisons > n else 0


def _differ_in_unit_axes(a: Shape, b: Shape) -> bool:
    """Whether two shapes are the same but for axes of length 1."""
    return a != b and math.prod(a) > 1 and [x for x in a if x != 1] == [x for x in b if x != 1]


def _are_both_learned(view: TrainingView, call: LossCall) -> bool:
    """Whether both sides of this call carry a gradient: pairs of embeddings are compared on purpose."""
    return any(
        node.op == "mse_loss" and node.line == call.line and len(learned_inputs(node)) == 2
        for graph in view.training.graphs for node in graph.nodes
    )


def _broadcast_difference(graph: Graph) -> tuple[Node | None, Shape | None]:
    """The comparison of a loss written by hand that is larger than the output in it, and the output's shape."""
    seen = {0}
    waiting = [0]
    while waiting:
        node = graph.nodes[waiting.pop()]
        output = _broadcast_output(graph, node)
        if output is not None:
            return node, output
        below = learned_inputs(node)
        # From 1 − a and the like the search continues on both sides.
        if node.op in _ABOVE_DIFFERENCE or (node.op == "sub" and len(below) == 2):
            waiting += [position for position in below if position not in seen]
            seen.update(below)
    return None, None


def _broadcast_output(graph: Graph, node: Node) -> Shape | None:
    """The shape of the network's output, where this node compares N outputs with N constants in N × N pairs."""
    below = learned_inputs(node)
    if node.op not in ("sub", "mul") or node.shape is None or len(node.inputs) != 2 or len(below) != 1:
        return None
    output = graph.nodes[below[0]]
    if output.shape is None or output.op in ("unsqueeze", "expand"):
        return None
    if node.op == "mul" and not _is_log_likelihood(graph, output):
        return None
    n = math.prod(output.shape)
    return output.shape if n > 1 and node.shape == (n, n) else None


def _broadcast_tuples(graph: Graph) -> tuple[Node | None, Shape]:
    """The product of terms (B, B) or (B, B, B) with a constant of one axis more, above the last layers; their shape."""
    for position in region(graph):
        node = graph.nodes[position]
        below = learned_inputs(node)
        if node.op not in ("mul", "where", "add") or node.shape is None or len(below) != 1 or len(node.inputs) < 2:
            continue
        terms = graph.nodes[below[0]]
        if terms.shape is None or terms.op in ("unsqueeze", "expand") or len(terms.shape) < 2:
            continue
        lengths = {*terms.shape, *node.shape}
        if len(lengths) == 1 and max(lengths) > 1 and len(node.shape) == len(terms.shape) + 1:
            return node, terms.shape
    return None, ()


def _is_log_likelihood(graph: Graph, node: Node) -> bool:
    """Whether the operation, or the one below its sign or clamp, is a logarithm: cross-entropy written by hand."""
    if node.op in _LOG_LIKELIHOODS:
        return True
    below = [graph.nodes[position].op for position in learned_inputs(node)]
    return (node.op == "neg" or node.op in CLAMPS) and any(op in _LOG_LIKELIHOODS for op in below)


_FLAT = Remedy(
    name="flat-labels", text="Give the labels one axis: (N, 1) is a column, and every comparison gets an axis more.",
    applicability=Applicability.MANUAL, code="same = labels.flatten()[:, None] == labels.flatten()[None, :]   # (N, N)",
)  # fmt: skip


def _remedy(prediction: Shape, target: Shape) -> Remedy:
    code = "loss = F.mse_loss(prediction, target.squeeze(-1))   # both (N,)"
    if len(prediction) >= len(target):
        code = "loss = F.mse_loss(prediction.squeeze(-1), target)   # both (N,)"
    return Remedy(
        name="same-shape", text="Give predictions and targets the same shape.", applicability=Applicability.SAFE,
        code=code,
    )
