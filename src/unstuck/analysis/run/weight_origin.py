"""Where a layer's values come from and what it is meant for: its own start, a checkpoint, a copy, an evaluation."""

from __future__ import annotations

import math
from collections.abc import Iterator

from unstuck.record import events
from unstuck.record.reader import Event, Part

COPYING = frozenset({"TransformerEncoder", "TransformerDecoder"})
"""modules of torch that fill themselves with copies of one layer: those are new, not another network's"""
DISTINCT = 0.95
"""share of different values among weights drawn at random; filters set by hand repeat theirs"""


def modules(part: Part) -> dict[str, Event]:
    """Every module of the part by its full name, as it was first told."""
    told: dict[str, Event] = {}
    for event in part.of(events.Model):
        for module in event["modules"]:
            told.setdefault(module["name"], module)
    return told


def above(name: str) -> Iterator[str]:
    """The names of the modules around a layer, from the innermost outwards."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def fresh(part: Part, parameter: Event) -> bool:
    """Whether its values are its own start: neither loaded nor copied from another network."""
    if not parameter.get("loaded"):
        return True
    known = modules(part)
    return any(
        known[name].get("class") in COPYING and not known[name].get("loaded")
        for name in above(parameter["layer"]) if name in known
    )


def in_training(part: Part, parameter: Event) -> bool:
    """Whether its layer was in training mode when the network was told; True where that is unknown."""
    module = modules(part).get(parameter["layer"])
    return module is None or bool(module.get("training", True))


def looks_random(parameter: Event) -> bool | None:
    """Whether a frozen parameter's values are as a usual initialisation draws them; None where they were not kept."""
    values = parameter.get("values")
    shape = parameter.get("shape") or []
    if not values or len(shape) < 2:
        return None
    mean, std, low, high, distinct = values
    count = math.prod(shape)
    field = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * field, shape[0] * field
    if not std > 0 or distinct < DISTINCT or abs(mean) > 5 * std / math.sqrt(count):
        return False
    near = min(0.5, 4 / math.sqrt(2 * count))
    glorot = math.sqrt(2 / (fan_in + fan_out))
    usual = [
        1 / math.sqrt(3 * fan_in), *(gain / math.sqrt(fan) for fan in (fan_in, fan_out) for gain in (1, math.sqrt(2))),
        *(gain * glorot for gain in (1, math.sqrt(2), 5 / 3)), 1 / math.sqrt(max(fan_in, fan_out)), 0.02, 0.01,
    ]
    return high > 0 > low and any(abs(std / one - 1) <= near for one in usual)
