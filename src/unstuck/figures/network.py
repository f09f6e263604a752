"""The network as a table: layer, class, place, output shape, parameters, who trains them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.record.reader import Event

MOST_LAYERS = 400
UNHELD = "in no optimiser"


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
    unheld: int
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
    owned: dict[str, list[Event]] = {}
    for parameter in training.parameters.values():
        owned.setdefault(str(parameter["layer"]), []).append(parameter)
    shapes, held = _shapes(training), _holders(training)
    rows = []
    for module in modules:
        mine = owned.get(str(module["name"]), [])
        if mine or module.get("leaf"):
            rows.append(_row(module, mine, shapes, held))
    every = list(training.parameters.values())
    trainable = [one for one in every if one.get("requires_grad")]
    return Network(
        rows=tuple(rows[:MOST_LAYERS]), left_out=max(0, len(rows) - MOST_LAYERS),
        parameters=_count(every), trainable=_count(trainable),
        unheld=_count([one for one in trainable if one["id"] not in held]) if held else 0,
        shapes=any(row.shape for row in rows), optimizers=bool(held),
    ) if rows else None  # fmt: skip


def _row(module: Event, mine: Sequence[Event], shapes: dict[str, str], held: dict[int, str]) -> NetworkRow:
    trainable = sum(bool(one.get("requires_grad")) for one in mine)
    trained = ""
    if mine:
        trained = "trainable" if trainable == len(mine) else "partly frozen" if trainable else "frozen"
    holders = dict.fromkeys(held.get(one["id"], UNHELD if one.get("requires_grad") else "") for one in mine)
    return NetworkRow(
        layer=str(module["name"]), kind=str(module.get("class") or ""), file=str(module.get("file") or ""),
        line=int(module.get("line") or 0), shape=shapes.get(str(module["name"]), ""), parameters=_count(mine),
        trained=trained, optimizer=", ".join(filter(None, holders)) if held else "",
    )  # fmt: skip


def _count(parameters: Sequence[Event]) -> int:
    return sum(math.prod(one["shape"]) for one in parameters)


def _shapes(training: Training) -> dict[str, str]:
    """Of the last operation of each layer: the first one that the graph, walked from the loss, says is its."""
    found: dict[str, str] = {}
    for graph in training.graphs:
        for node in graph.nodes:
            if node.layer and node.shape is not None and node.leaf is None:
                found.setdefault(node.layer, " × ".join(map(str, node.shape)))
    return found


def _holders(training: Training) -> dict[int, str]:
    """Parameter → optimiser, with the group where there are several."""
    latest = {event["id"]: event for event in training.optimizers}
    held: dict[int, str] = {}
    for event in latest.values():
        name = str(event.get("class") or "optimiser")
        if len(latest) > 1 and event.get("line"):
            name += f" (line {event['line']})"
        for parameter in event.get("parameters") or ():
            held.setdefault(parameter, name)
        groups = event.get("by_group") or []
        for number, group in enumerate(groups, 1):
            for parameter in group:
                held[parameter] = f"{name}, group {number} of {len(groups)}"
    return held
