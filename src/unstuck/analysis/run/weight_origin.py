"""Where a layer's values come from, and its mode: its own initialisation, a checkpoint, a copy, evaluation mode."""

from __future__ import annotations

import math
from collections.abc import Iterator

from unstuck.core.vocabulary import SELF_COPYING_LAYERS
from unstuck.record import events
from unstuck.record.events import ModuleFacts, ParameterFacts
from unstuck.record.reader import Part

DISTINCT = 0.95
"""share of different values among weights drawn at random; filters set by hand repeat theirs"""


def modules(part: Part) -> dict[str, ModuleFacts]:
    """Every module of the part by its full name, as it was first recorded."""
    first: dict[str, ModuleFacts] = {}
    for model in part.of(events.Model):
        for module in model.modules:
            first.setdefault(module.name, module)
    return first


def enclosing(name: str) -> Iterator[str]:
    """The names of the modules around a layer, the innermost first."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def is_own(part: Part, parameter: ParameterFacts) -> bool:
    """Whether its values are its own initialisation: neither loaded nor copied from another network."""
    if not parameter.loaded:
        return True
    known = modules(part)
    around = [known[name] for name in enclosing(parameter.layer) if name in known]
    return any(module.class_name in SELF_COPYING_LAYERS and not module.loaded for module in around)


def in_training(part: Part, parameter: ParameterFacts) -> bool:
    """Whether its layer was in training mode when the network was recorded; True where that is unknown."""
    module = modules(part).get(parameter.layer)
    return module is None or module.training


def looks_random(parameter: ParameterFacts) -> bool | None:
    """Whether a frozen parameter's values look drawn by a usual initialisation; None where they were not recorded."""
    shape = parameter.shape
    if not parameter.values or len(shape) < 2:
        return None
    mean, std, low, high, distinct = parameter.values
    count = math.prod(shape)
    field = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * field, shape[0] * field
    if not std > 0 or distinct < DISTINCT or abs(mean) > 5 * std / math.sqrt(count):
        return False
    tolerance = min(0.5, 4 / math.sqrt(2 * count))
    glorot = math.sqrt(2 / (fan_in + fan_out))
    usual = [
        1 / math.sqrt(3 * fan_in), *(gain / math.sqrt(fan) for fan in (fan_in, fan_out) for gain in (1, math.sqrt(2))),
        *(gain * glorot for gain in (1, math.sqrt(2), 5 / 3)), 1 / math.sqrt(max(fan_in, fan_out)), 0.02, 0.01,
    ]
    return high > 0 > low and any(abs(std / spread - 1) <= tolerance for spread in usual)
