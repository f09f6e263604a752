"""The interventions as a value: found in their folder, none of them registers itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from unstuck.core.errors import UsageError
from unstuck.experiment import interventions
from unstuck.experiment.intervention import Intervention


@cache
def load() -> Mapping[str, type[Intervention]]:
    """Every intervention by its name."""
    found: dict[str, type[Intervention]] = {}
    for module in pkgutil.iter_modules(interventions.__path__, interventions.__name__ + "."):
        for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(thing, Intervention) and thing.__module__ == module.name and hasattr(thing, "name"):
                found[thing.name] = thing
    return MappingProxyType(dict(sorted(found.items())))


def made(name: str, fields: Mapping[str, Any]) -> Intervention:
    """The intervention of that name with these settings."""
    kind = load().get(name)
    if kind is None:
        raise UsageError(f"There is no remedy {name}. There are: {', '.join(load())}.")
    try:
        return kind(**fields)
    except TypeError as error:
        raise UsageError(f"The remedy {name} cannot be set so: {error}.") from error
