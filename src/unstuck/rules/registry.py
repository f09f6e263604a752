"""The rules as a value: found in the family folders, none of them registers itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType

from unstuck.analysis.view import View
from unstuck.rules import families
from unstuck.rules.rule import Rule


@cache
def load() -> Mapping[str, type[Rule[View]]]:
    """Every rule class of ours by its code, in the order of the catalogue."""
    found = {kind.code: kind for kind in rules_in(families)}
    return MappingProxyType(dict(sorted(found.items())))


def rules_in(module: ModuleType) -> Iterator[type[Rule[View]]]:
    """The rules that a module defines; of a package also those of the modules in it."""
    names = [found.name for found in pkgutil.walk_packages(getattr(module, "__path__", ()), module.__name__ + ".")]
    for one in (module, *map(importlib.import_module, names)):
        for _, thing in inspect.getmembers(one, inspect.isclass):
            if issubclass(thing, Rule) and thing.__module__ == one.__name__ and hasattr(thing, "code"):
                yield thing
