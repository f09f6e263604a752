"""The rules as a value: found in the family folders, none of them registers itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from unstuck.analysis.view import View
from unstuck.rules import families
from unstuck.rules.rule import Rule


@cache
def load() -> Mapping[str, type[Rule[View]]]:
    """Every rule class by its code, in the order of the catalogue."""
    found: dict[str, type[Rule[View]]] = {}
    for module in pkgutil.walk_packages(families.__path__, families.__name__ + "."):
        if module.ispkg:
            continue
        for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(thing, Rule) and thing.__module__ == module.name and hasattr(thing, "code"):
                found[thing.code] = thing
    return MappingProxyType(dict(sorted(found.items())))
