"""ARC103: layers with no activation between them are equivalent to one linear layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.output import leaf_below, operation_place, weight_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import AVERAGES, DENSE, MIXING, PASS_THROUGH, REGRESSION_LOSSES
from unstuck.record.events.probe.rates import LearningRates
from unstuck.rules.rule import Rule, threshold

_LAYERS = DENSE | {"convolution"}
_OTHER_CLASSES = ("attention", "LSTM", "GRU", "RNN", "transpose", "bilinear")
"""parts of the names of layers that are judged by other rules or by none"""


@dataclass(frozen=True)
class Layer:
    """One operation with a trained weight."""

    at: int
    node: Node
    name: str | None
    wide: int
    """channels or features that come out"""
    narrow: int
    """channels or features that go in"""
    convolution: bool

    @property
    def parent(self) -> str:
        """The module that holds it."""
        return (self.name or "").rpartition(".")[0]


@dataclass(frozen=True)
class MissingNonlinearity(Rule[TrainingView]):
    """Several layers follow each other without an activation: together they are equivalent to one linear layer.

    ## What it measures

    The operations between each two layers with weights, by the autograd graph, and the widths of the layers.

    ## Why it hurts

    A product of matrices is a matrix: the depth and width of such a stack add nothing. The network cannot learn a
    relation that is not linear (rings, spirals, exclusive or), however long it trains.

    ## How it decides

    Between two trained layers there are only reshapes, biases, constant factors, dropout and averages, and the first
    layer feeds only the second. These are accepted as choices: a layer narrower than both ends (a bottleneck, a
    low-rank factor), depthwise and one-sided convolutions, layers that feed attention or a recurrent cell, layers from
    a checkpoint, and anything with normalisation or a residual sum between. A single pair counts where both layers
    belong to the same module. Longer stacks and networks that are linear as a whole always count.

    ## Example

    ```python
    nn.Sequential(nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 2))
    ```

    ## Remedies

    Put an activation after every layer except the last.

    ## Known limits

    Networks that are linear on purpose (studies of deep linear networks) are reported too.

    ## References

    Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.1.
    """

    code: ClassVar[str] = "ARC103"
    name: ClassVar[str] = "missing-nonlinearity"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("graph",)
    figures: ClassVar[tuple[str, ...]] = ("layers.chain",)

    solved: float = threshold(
        0.99, unit="share of the baseline loss removed", source="a relation fitted so well is linear"
    )

    solved_by_hand: float = threshold(
        0.001, unit="share of the first loss", source="the same, where the loss is written by hand"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The longest stack in any graph."""
        best: tuple[Stacks, list[Layer]] | None = None
        for graph in view.training.graphs:
            stacks = Stacks(view, graph)
            for stack in stacks.all:
                if best is None or len(stack) > len(best[1]):
                    best = stacks, stack
        if best is not None:
            yield self._finding(view, *best)

    def _fits_before_training(self, view: TrainingView) -> bool:
        """Whether a short training of a preflight leaves as little of a loss of numbers as a linear task does."""
        events = [event for part in view.record.parts for event in part.of(LearningRates)]
        numbers = [event for event in events if event.function in ("", *REGRESSION_LOSSES)]
        return any(trial.last <= self.solved_by_hand * one.first for one in numbers for trial in one.trials)

    def _finding(self, view: TrainingView, stacks: Stacks, stack: list[Layer]) -> Finding:
        first, last = stack[0], stack[-1]
        widths = [first.narrow, *(layer.wide for layer in stack)]
        # A module has the line where it was made; a raw matrix has only the line of its use.
        place = view.module_place(first.name)
        if place.file is None:
            place = operation_place(view, first.node)
        explained = view.status.explained
        regression = view.status.baseline is not None and "of the targets" in view.status.baseline.answer
        fitted = explained is not None and explained >= self.solved and regression
        if view.status.baseline is None and view.status.objective:
            fitted = view.status.last <= self.solved_by_hand * view.status.first
        fitted = fitted or self._fits_before_training(view)
        chain = " → ".join(map(str, widths))
        message = (
            f"{len(stack)} layers ({chain}) have no activation between them: they are equivalent to one linear layer"
        )
        if stacks.whole(stack):
            message += ", and so is the whole network"
        return self.finding(
            message, view=view, place=place, used_at=None, first_step=stacks.graph.step,
            severity=Severity.INFO if fitted else None,
            evidence=(
                Evidence(
                    key="linear_layers", value=float(len(stack)), threshold=1.0, unit="layers",
                    label=f"layers from {first.name or 'the first'} to {last.name or 'the last'} without an activation "
                    "between them",
                ),
                Evidence(
                    key="narrowest_width", label="narrowest width inside the stack", value=float(min(widths[1:-1])),
                    threshold=float(min(widths[0], widths[-1])), unit="units",
                ),
            ),
            remedies=(_REMEDY,),
        )


class Stacks:
    """The stacks of layers of one graph without an activation between them."""

    def __init__(self, view: TrainingView, graph: Graph) -> None:
        self.view = view
        self.graph = graph

    @cached_property
    def consumers(self) -> dict[int, list[int]]:
        """Position → positions of the nodes that read its result."""
        readers: dict[int, list[int]] = {}
        for at, node in enumerate(self.graph.nodes):
            for below in set(node.inputs):
                if below is not None:
                    readers.setdefault(below, []).append(at)
        return readers

    @cached_property
    def layers(self) -> dict[int, Layer]:
        """The trained layers by position."""
        layers = {}
        for at, node in enumerate(self.graph.nodes):
            layer = self._layer(at, node) if node.op in _LAYERS else None
            if layer is not None:
                layers[at] = layer
        return layers

    def _layer(self, at: int, node: Node) -> Layer | None:
        leaf = weight_of(self.graph, at)
        if leaf is None or leaf.shape is None or node.shape is None:
            return None
        parameter = self.view.training.parameters.get(leaf.leaf or 0)
        name = (parameter.layer if parameter is not None else "") or node.layer
        if any(word in self._class_of(name) for word in _OTHER_CLASSES):
            return None
        if node.op == "convolution":
            settings, kernel = node.settings or {}, leaf.shape[2:]
            one_sided = len(kernel) > 1 and len(set(kernel)) > 1 and 1 in kernel
            if settings.get("groups", 1) != 1 or one_sided:
                return None
            return Layer(at, node, name, leaf.shape[0], leaf.shape[1], convolution=True)
        if len(leaf.shape) != 2:
            return None
        wide = node.shape[-1]
        narrow = leaf.shape[1] if leaf.shape[0] == wide else leaf.shape[0]
        return Layer(at, node, name, wide, narrow, convolution=False)

    def _class_of(self, layer: str | None) -> str:
        """The class of a module; "" where it is unknown."""
        module = self.view.training.modules.get(layer or "")
        return module.class_name if module is not None else ""

    def data_of(self, layer: Layer) -> int | None:
        """The input of a layer that is neither its weight nor its bias."""
        inputs = layer.node.inputs
        return next(
            (below for below in inputs if below is not None and leaf_below(self.graph, below) is None), None
        )

    def below(self, layer: Layer) -> Layer | None:
        """The layer whose result reaches this one through linear operations only, and reaches nothing else."""
        at = self.data_of(layer)
        while at is not None and len(self.consumers.get(at, ())) == 1:
            if at in self.layers:
                return self.layers[at]
            at = self._through(at)
        return None

    def _through(self, at: int) -> int | None:
        """The input of a linear operation; None where the operation is not linear or joins several inputs."""
        node = self.graph.nodes[at]
        learned = [below for below in node.inputs if below is not None]
        free = [below for below in learned if leaf_below(self.graph, below) is None]
        if len(free) != 1:
            return None
        if node.op in PASS_THROUGH or node.op in AVERAGES or (node.op == "add" and len(learned) == 2):
            return free[0]
        scaled = node.op in ("mul", "div") and (node.settings or {}).get("factor") is not None
        return free[0] if scaled or self._dropout(node) else None

    def _dropout(self, node: Node) -> bool:
        by_name = self._class_of(node.layer).startswith("Dropout") or (node.via or "").startswith("dropout")
        return node.op == "dropout" or (node.op == "mul" and by_name)

    def redundant(self, lower: Layer, upper: Layer) -> bool:
        """Whether the width between the two does not limit the rank of the matrix that they make together."""
        if lower.convolution and not upper.convolution:
            return True
        if upper.convolution and not lower.convolution:
            return False
        loaded = self._loaded(lower) and not self._loaded(upper)
        return lower.wide >= min(lower.narrow, upper.wide) and not loaded

    def _loaded(self, layer: Layer) -> bool:
        module = self.view.training.modules.get(layer.name or "")
        return module is not None and module.loaded

    def mixed(self, layer: Layer) -> bool:
        """Whether a layer's result goes into attention or a recurrent cell."""
        waiting, seen = [layer.at], {layer.at}
        while waiting:
            for reader in self.consumers.get(waiting.pop(), ()):
                op = self.graph.nodes[reader].op
                if op.startswith(MIXING) or (op in DENSE and weight_of(self.graph, reader) is None):
                    return True
                if reader not in seen and (op in PASS_THROUGH or op in ("mul", "div", "add")):
                    seen.add(reader)
                    waiting.append(reader)
        return False

    @cached_property
    def all(self) -> list[list[Layer]]:
        """Every stack that counts, each from its first layer to its last."""
        lower = {at: self.below(layer) for at, layer in self.layers.items()}
        pairs = {
            at: below.at for at, below in lower.items()
            if below is not None and self.redundant(below, self.layers[at]) and not self.mixed(self.layers[at])
        }
        tops = [at for at in pairs if at not in pairs.values()]
        stacks = []
        for at in tops:
            stack = [self.layers[at]]
            while stack[0].at in pairs:
                stack.insert(0, self.layers[pairs[stack[0].at]])
            if self._counts(stack):
                stacks.append(stack)
        return stacks

    def _counts(self, stack: list[Layer]) -> bool:
        if len(stack) > 2 or self.whole(stack):
            return True
        lower, upper = stack
        if lower.name == upper.name and self._added(upper):
            return False  # two factors of one update that is added to something else, such as LoRA's
        return lower.parent == upper.parent and lower.convolution == upper.convolution

    def _added(self, layer: Layer) -> bool:
        """Whether a layer's result is added to something else than a bias."""
        at = layer.at
        while len(readers := self.consumers.get(at, [])) == 1:
            at, below = readers[0], at
            node = self.graph.nodes[at]
            if node.op == "add":
                rest = [other for other in node.inputs if other != below]
                return any(other is None or leaf_below(self.graph, other) is None for other in rest)
            if node.op not in PASS_THROUGH and node.op not in ("mul", "div"):
                return False
        return False

    def whole(self, stack: list[Layer]) -> bool:
        """Whether the network has no other layer, and its data enter at the first."""
        return len(self.layers) == len(stack) and self.data_of(stack[0]) is None


_REMEDY = Remedy(
    name="add-activation",
    text="Put an activation after every layer except the last.",
    applicability=Applicability.TRIAL,
    code="x = F.relu(self.layer1(x))   # or nn.ReLU() between the layers of an nn.Sequential",
)
