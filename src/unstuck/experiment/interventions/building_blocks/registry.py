"""All interventions, found in their folder; none of them registers itself."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import MappingProxyType
from typing import Any

from unstuck.core.errors import UsageError
from unstuck.experiment import interventions
from unstuck.experiment.interventions.building_blocks.intervention import Intervention


@cache
def load() -> Mapping[str, type[Intervention]]:
    """Every intervention by its name."""
    found: dict[str, type[Intervention]] = {}
    for module in pkgutil.iter_modules(interventions.__path__, interventions.__name__ + "."):
        if module.ispkg:  # building blocks
            continue
        for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(thing, Intervention) and thing.__module__ == module.name and hasattr(thing, "name"):
                found[thing.name] = thing
    return MappingProxyType(dict(sorted(found.items())))


@cache
def by_remedy() -> Mapping[str, tuple[type[Intervention], ...]]:
    """The interventions that carry out each remedy of a rule, by the name of the remedy."""
    found: dict[str, tuple[type[Intervention], ...]] = {}
    for kind in load().values():
        for remedy in kind.remedies:
            found[remedy] = (*found.get(remedy, ()), kind)
    return MappingProxyType(dict(sorted(found.items())))


def made(name: str, settings: Mapping[str, Any]) -> Intervention:
    """The intervention of that name with these settings."""
    kind = load().get(name)
    if kind is None:
        known = sorted({*load(), *by_remedy()})
        raise UsageError(f"There is no remedy {name}. There are: {', '.join(known)}.")
    for setting, value in settings.items():
        if isinstance(value, float) and not 0 <= value < math.inf:
            raise UsageError(f"{setting} of the remedy {name} is a number from 0 upwards, and not {value:g}.")
    try:
        return kind(**settings)
    except TypeError as error:
        raise UsageError(f"The remedy {name} cannot be set so: {error}.") from error


def named(text: str) -> Intervention:
    """The intervention of ``NAME`` or ``NAME=VALUE``; the value is that of its first setting."""
    name, _, value = text.partition("=")
    kind = load().get(name)
    if kind is None or not value:
        return made(name, {})
    if not fields(kind):
        raise UsageError(f"The remedy {name} has no setting.")
    first = fields(kind)[0]
    number = isinstance(first.default, float | int)
    try:
        return made(name, {first.name: float(value) if number else value})
    except ValueError as error:
        raise UsageError(f"{first.name} of the remedy {name} is a number, and not {value}.") from error


def all_named(text: str) -> tuple[Intervention, ...]:
    """What carries out ``NAME`` or ``NAME=VALUE``: one intervention, or all those of a remedy that a finding names."""
    name, _, value = text.partition("=")
    kinds = by_remedy().get(name, ())
    if name in load() or not kinds:
        return (named(text),)
    if value:
        raise UsageError(
            f"The remedy {name} has no setting of its own. Set one of: {', '.join(kind.name for kind in kinds)}."
        )
    return tuple(one for kind in kinds for one in kind.carrying_out(name))
