"""ARC107: a hidden layer with too few units to tell the classes apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.head import Head, learned_inputs
from unstuck.analysis.run.output import calls_of_head, heads, leaf_below, operation_place, owner_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import ACTIVATIONS, DENSE, NORMALISATIONS, PASS_THROUGH
from unstuck.record.manifest import RecordKind
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class NarrowBottleneck(Rule[TrainingView]):
    """Everything that tells the classes apart must pass through a hidden layer of too few units.

    ## What it measures

    The widths of the dense layers below the output of a classifier, along the autograd graph, as far down as each
    layer has one input; and the number of output units.

    ## Why it hurts

    With one unit all classes lie on a line: the middle ones can hardly be separated by a softmax, and a unit that dies
    takes everything with it.

    ## How it decides

    One unit before three classes or more. Or fewer than log2(classes) units, where a run has removed less than
    `explained` of the baseline loss: two units are enough for ten classes in networks that are drawn on purpose.
    Paths that join, gates and attention are left out.

    ## Example

    ```python
    nn.Sequential(nn.Linear(64, 1), nn.ReLU(), nn.Linear(1, 10))
    ```

    ## Remedies

    Give hidden layers at least as many units as there are classes.

    ## Known limits

    Convolutions, regressions and the codes of autoencoders are not judged.

    ## References

    Szegedy et al., Rethinking the Inception architecture (2016), section 2: avoid representational bottlenecks.
    """

    code: ClassVar[str] = "ARC107"
    name: ClassVar[str] = "narrow-bottleneck"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("graph",)
    figures: ClassVar[tuple[str, ...]] = ("layers.narrowest",)

    explained: float = threshold(
        0.5, unit="share of the baseline loss removed", source="digits: 0.997 through two units, 0.43 through one"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The narrowest layer below each classifier's output."""
        judged = [head for head in heads(view) if head.function == "nll_loss" and head.layer is not None]
        if not judged:
            raise TooLittle("a classifier whose last layer is known")
        for head in judged:
            finding = self._judge(view, head)
            if finding is not None:
                yield finding
                return

    def _judge(self, view: TrainingView, head: Head) -> Finding | None:
        last = head.last_layer
        classes = _units(last) if last is not None and last.op in DENSE else None
        narrow = min(_chain(head), key=lambda at: _units(head.node(at)) or math.inf, default=None)
        units = _units(head.node(narrow)) if narrow is not None else None
        if classes is None or units is None or classes < 3 or units >= math.log2(classes):
            return None
        if units > 1 and not self._was_trained_in_vain(view):
            return None
        node = head.node(narrow) if narrow is not None else None
        layer = owner_of(view, head, narrow)
        place = view.module_place(layer)
        place = place if place.file is not None else operation_place(view, node)
        one = "one unit" if units == 1 else f"{units} units"
        calls = calls_of_head(view, head)
        return self.finding(
            f"a hidden layer has {one} for {classes} classes: everything that tells them apart must pass through it",
            view=view, place=place, used_at=Place(file=calls[0].file, line=calls[0].line) if calls else None,
            first_step=head.graph.step,
            evidence=(
                Evidence(key="narrowest_width", label="units of the narrowest hidden layer", value=float(units),
                         threshold=float(math.ceil(math.log2(classes))), unit="units"),
                Evidence(key="num_units", label="units of the last layer", value=float(classes)),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


    def _was_trained_in_vain(self, view: TrainingView) -> bool:
        """Whether a run shows that the units are too few; the first steps of a preflight show it of no network."""
        explained = view.status.explained
        run = view.record.manifest.kind is not RecordKind.PROBE
        return run and explained is not None and explained < self.explained


def _chain(head: Head) -> list[int]:
    """Positions of the dense layers below the last one, as long as each operation has one input."""
    found: list[int] = []
    position = _data(head.graph, head.layer)
    while position is not None:
        node = head.node(position)
        if node.op in DENSE:
            found.append(position)
        elif node.op not in _UNARY or (len(learned_inputs(node)) > 1 and node.op not in NORMALISATIONS):
            break
        position = _data(head.graph, position)
    return found


def _data(graph: Graph, position: int | None) -> int | None:
    """The input of an operation that is no parameter."""
    inputs = graph.nodes[position].inputs if position is not None else ()
    return next((below for below in inputs if below is not None and leaf_below(graph, below) is None), None)


def _units(node: Node) -> int | None:
    return node.shape[-1] if node.shape else None


_UNARY = ACTIVATIONS | (PASS_THROUGH - {"cat", "stack"}) | NORMALISATIONS | {"native_dropout", "dropout", "softmax"}
"""operations between two layers that keep the number of units"""

_REMEDY = Remedy(
    name="wider-layer",
    text="Give hidden layers at least as many units as there are classes.",
    applicability=Applicability.MANUAL,
    code="nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))",
)
