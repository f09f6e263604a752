"""Which rules judge, and with which thresholds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from unstuck.analysis.view import View
from unstuck.core.configuration import Configuration
from unstuck.core.errors import UsageError
from unstuck.rules.registry import load
from unstuck.rules.rule import Rule

FAMILY = 3
"""letters of a code that name its family"""
Kinds = Mapping[str, type[Rule[View]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rules that judge, by their codes, each with its thresholds."""

    rules: Mapping[str, Rule[View]]
    known: Kinds
    """also those that do not judge"""
    configuration: Configuration = field(default_factory=Configuration)

    @classmethod
    def of(cls, known: Kinds | None = None) -> Selection:
        """All rules with their default thresholds."""
        known = load() if known is None else known
        return cls(rules={code: kind() for code, kind in known.items()}, known=known)


def selected(configuration: Configuration, known: Kinds | None = None) -> Selection:
    """The rules that a configuration selects. ``ignore`` is stronger than ``select``.

    Raises:
        UsageError: a rule, family or threshold is unknown, a value has the wrong type, or no rule is left.
    """
    known = load() if known is None else known
    where = configuration.file or "command line"
    chosen = known if configuration.select is None else codes(configuration.select, known, f"{where}: select")
    ignored = codes(configuration.ignore, known, f"{where}: ignore")
    kept = [code for code in known if code in chosen and code not in ignored]
    if not kept:
        raise UsageError(f"{where}: select and ignore leave no rule. `unstuck rules` lists the rules.")
    values = {
        code_of(word, known, f"{where}: rules"): (word, table) for word, table in configuration.thresholds.items()
    }
    for code, (word, table) in values.items():
        check_thresholds(known[code], table, f"{where}: rules.{word}")
    return Selection(
        rules={code: known[code](**values.get(code, ("", {}))[1]) for code in kept},
        known=known,
        configuration=replace(configuration, left_out=tuple(code for code in known if code not in kept)),
    )


def codes(words: Iterable[str], known: Kinds, where: str) -> frozenset[str]:
    """The codes of rules that are named by code, name or family (``LOS``).

    Raises:
        UsageError: there is no such rule or family.
    """
    found: set[str] = set()
    for word in words:
        family = {code for code in known if code[:FAMILY] == word.upper()}
        found |= family or {code_of(word, known, where, families=True)}
    return frozenset(found)


def code_of(word: str, known: Kinds, where: str, *, families: bool = False) -> str:
    """The code of a rule that is named by its code or its name.

    Raises:
        UsageError: there is no such rule.
    """
    if word.upper() in known:
        return word.upper()
    named = {kind.name: code for code, kind in known.items()}
    if word.lower() in named:
        return named[word.lower()]
    near = get_close_matches(word.upper(), known, 3, 0.5) + get_close_matches(word.lower(), named, 3, 0.5)
    similar = f" Similar: {', '.join(near)}." if near else ""
    groups = f" Families: {', '.join(dict.fromkeys(code[:FAMILY] for code in known))}." if families else ""
    raise UsageError(
        f"{where}: expected the code or name of a rule{' or a family' if families else ''}, got {word!r}."
        f"{similar}{groups} Rules: {', '.join(known)}."
    )


def check_thresholds(kind: type[Rule[View]], table: Mapping[str, Any], where: str) -> None:
    """Refuse what is no threshold of a rule, or has not its type.

    Raises:
        UsageError: with file, key, what was expected and what was got.
    """
    known = {one.name: one for one in fields(kind)}
    for name, value in table.items():
        if name not in known:
            have = f"{kind.code} has {', '.join(known)}" if known else f"{kind.code} has no thresholds"
            raise UsageError(f"{where}: expected a threshold of {kind.code}, got {name!r}; {have}.")
        _check_value(known[name], value, f"{where}.{name}")


def _check_value(one: Field[Any], value: object, where: str) -> None:
    whole = isinstance(one.default, int)
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not math.isfinite(value):  # type: ignore[arg-type]
        unit = one.metadata.get("unit")
        raise UsageError(
            f"{where}: expected {'a whole number' if whole else 'a number'}{f' ({unit})' if unit else ''}, "
            f"default {one.default!r}, got {value!r}."
        )
