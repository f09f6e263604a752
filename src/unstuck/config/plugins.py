"""Rules of third parties: modules, and entry points of the group ``unstuck.rules``, loaded only if configured."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.rules.registry import load, rules_in
from unstuck.rules.rule import Rule

if TYPE_CHECKING:
    from unstuck.analysis.view import View
    from unstuck.core.configuration import Configuration

GROUP = "unstuck.rules"


def known_rules(configuration: Configuration) -> Mapping[str, type[Rule[View]]]:
    """Our rules and those of the plug-ins, by code, in the order of the codes.

    Raises:
        UsageError: a plug-in cannot be loaded, has no rule, or has one whose code is taken.
    """
    known = dict(load())
    with _importable(configuration.file):
        for word in configuration.plugins:
            where = f"{configuration.file}: plugins"
            found = tuple(_rules_of(word, where))
            if not found:
                raise UsageError(f"{where}: expected a module that defines rules, got {word!r}, which defines none.")
            for kind in found:
                taken = known.setdefault(kind.code, kind)
                if taken is not kind:
                    raise UsageError(f"{where}: {word} has a rule {kind.code}, but {taken.__module__} has that code.")
    return dict(sorted(known.items()))


def _rules_of(word: str, where: str) -> Iterator[type[Rule[View]]]:
    points = {point.name: point for point in entry_points(group=GROUP)}
    try:
        loaded = points[word].load() if word in points else import_module(word)
    except Exception as error:
        named = f" Entry points of the group {GROUP}: {', '.join(points)}." if points else ""
        raise UsageError(
            f"{where}: expected a module or an entry point of the group {GROUP}, got {word!r} "
            f"({type(error).__name__}: {error}).{named}"
        ) from error
    if isinstance(loaded, ModuleType):
        yield from rules_in(loaded)
    elif isinstance(loaded, type) and issubclass(loaded, Rule):
        yield loaded


@contextmanager
def _importable(file: str) -> Iterator[None]:
    """Modules beside the configuration can be imported inside of the block."""
    if not file:
        yield
        return
    folder = str(Path(file).resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
