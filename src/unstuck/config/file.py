"""Read ``[tool.unstuck]`` of the nearest ``pyproject.toml``, or the nearest ``unstuck.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from unstuck.core.configuration import Configuration
from unstuck.core.errors import UsageError

OWN = "unstuck.toml"
PROJECT = "pyproject.toml"
KEYS = ("select", "ignore", "plugins", "rules")


def nearest(folders: Iterable[Path]) -> Configuration:
    """The configuration that stands nearest above the first of these folders that has one; empty where none has.

    In one folder, ``unstuck.toml`` is stronger than ``pyproject.toml``.

    Raises:
        UsageError: the file cannot be read, or holds what is no configuration.
    """
    for start in folders:
        for folder in (start, *start.parents):
            for path in (folder / OWN, folder / PROJECT):
                table = _table(path)
                if table is not None:
                    return parsed(table, path)
    return Configuration()


def _table(path: Path) -> Mapping[str, Any] | None:
    """Our table of a file; None where there is no such file, or it says nothing about unstuck."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: expected a text file in UTF-8, got {error}.") from error
    if path.name == PROJECT and "unstuck" not in text:
        return None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: expected TOML, got an error: {error}.") from error
    if path.name == OWN:
        return content
    tool = content.get("tool", {})
    table = tool.get("unstuck") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{path}: expected a table [tool.unstuck], got {table!r}.")
    return table


def parsed(table: Mapping[str, Any], path: Path) -> Configuration:
    """The configuration of a table; names of rules are not looked up yet.

    Raises:
        UsageError: an unknown key, or a value of the wrong type.
    """
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        raise UsageError(f"{path}: expected one of {', '.join(KEYS)}, got the key {unknown[0]!r}.")
    rules = table.get("rules", {})
    if not isinstance(rules, dict) or not all(isinstance(values, dict) for values in rules.values()):
        raise UsageError(f"{path}: rules: expected a table for each rule, such as [rules.OPT101], got {rules!r}.")
    return Configuration(
        file=str(path),
        select=_words(table, "select", path) if "select" in table else None,
        ignore=_words(table, "ignore", path),
        plugins=_words(table, "plugins", path),
        thresholds=rules,
    )


def _words(table: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise UsageError(f"{path}: {key}: expected a list of strings, got {value!r}.")
    return tuple(value)
