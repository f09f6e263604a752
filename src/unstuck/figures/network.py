"""The network as a table: layer, class, place, output shape, parameters, their optimiser."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.figures.learning_rate import optimizer_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.record.events import ModuleFacts, ParameterFacts

MOST_LAYERS = 400
NO_OPTIMIZER = "in no optimiser"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRow:
    """One module that has no parts, or has parameters of its own."""

    layer: str
    kind: str
    file: str
    line: int
    shape: str
    """of its output in the first sampled step; "" where it was not seen"""
    parameters: int
    trained: str
    """``trainable``, ``frozen``, ``partly frozen``; "" where there are no parameters"""
    optimizer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All layers of a training's models, and the totals."""

    rows: tuple[NetworkRow, ...]
    left_out: int
    parameters: int
    trainable: int
    without_optimizer: int
    """trainable parameters that no optimiser holds; 0 where there is no optimiser"""
    shapes: bool
    optimizers: bool

    @property
    def frozen(self) -> int:
        """Parameters that take no gradient."""
        return self.parameters - self.trainable


def network(training: Training) -> Network | None:
    """None where no model was seen."""
    modules = list(training.modules.values())
    if not modules:
        return None
    by_layer: dict[str, list[ParameterFacts]] = {}
    for parameter in training.parameters.values():
        by_layer.setdefault(parameter.layer, []).append(parameter)
    shapes, optimizers = _shapes(training), _optimizers(training)
    rows = []
    for module in modules:
        parameters = by_layer.get(module.name, [])
        if parameters or module.leaf:
            rows.append(_row(module, parameters, shapes, optimizers))
    every = list(training.parameters.values())
    trainable = [parameter for parameter in every if parameter.requires_grad]
    without = [parameter for parameter in trainable if parameter.id not in optimizers]
    return Network(
        rows=tuple(rows[:MOST_LAYERS]), left_out=max(0, len(rows) - MOST_LAYERS),
        parameters=_count(every), trainable=_count(trainable),
        without_optimizer=_count(without) if optimizers else 0,
        shapes=any(row.shape for row in rows), optimizers=bool(optimizers),
    ) if rows else None  # fmt: skip


def _row(
    module: ModuleFacts, parameters: Sequence[ParameterFacts], shapes: dict[str, str], optimizers: dict[int, str]
) -> NetworkRow:
    trainable = sum(parameter.requires_grad for parameter in parameters)
    trained = ""
    if parameters:
        trained = "trainable" if trainable == len(parameters) else "partly frozen" if trainable else "frozen"
    names = dict.fromkeys(
        optimizers.get(parameter.id, NO_OPTIMIZER if parameter.requires_grad else "") for parameter in parameters
    )
    return NetworkRow(
        layer=module.name, kind=module.class_name, file=module.file or "", line=module.line or 0,
        shape=shapes.get(module.name, ""), parameters=_count(parameters), trained=trained,
        optimizer=", ".join(filter(None, names)) if optimizers else "",
    )  # fmt: skip


def _count(parameters: Sequence[ParameterFacts]) -> int:
    return sum(math.prod(parameter.shape) for parameter in parameters)


def _shapes(training: Training) -> dict[str, str]:
    """Output shape of each layer: that of its operation that is nearest to the loss."""
    found: dict[str, str] = {}
    for graph in training.graphs:
        for node in graph.nodes:
            if node.layer and node.shape is not None and node.leaf is None:
                found.setdefault(node.layer, " × ".join(map(str, node.shape)))
    return found


def _optimizers(training: Training) -> dict[int, str]:
    """Parameter → optimiser, with the group where there are several."""
    latest = {optimizer.id: optimizer for optimizer in training.optimizers}
    names: dict[int, str] = {}
    for optimizer in latest.values():
        name = optimizer_name(optimizer, several=len(latest) > 1)
        for parameter in optimizer.parameters:
            names.setdefault(parameter, name)
        for number, group in enumerate(optimizer.by_group, 1):
            for parameter in group:
                names[parameter] = f"{name}, group {number} of {len(optimizer.by_group)}"
    return names
