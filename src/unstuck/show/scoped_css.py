"""The rules of a style sheet that hold within one element only: what a page lends to a snippet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def rules_of(sheet: str, wanted: Sequence[str]) -> list[tuple[str, str]]:
    """The rules outside of any ``@media`` whose selectors all begin with one of ``wanted``: selector, declarations."""
    return [
        (selector, declarations)
        for selector, declarations in _flat(sheet)
        if all(part.strip().startswith(tuple(wanted)) for part in selector.split(","))
    ]


def scoped(rules: Sequence[tuple[str, str]], scope: str) -> str:
    """The same rules for what lies within ``scope``."""
    return "\n".join(
        f"{', '.join(f'{scope} {part.strip()}' for part in selector.split(','))} {{{declarations}}}"
        for selector, declarations in rules
    )


def variables(sheet: str) -> list[str]:
    """The declarations of ``:root`` in their order: the light ones, the dark ones, those for paper."""
    return [found[2].strip() for found in _RULE.finditer(_uncommented(sheet)) if found[1].strip().endswith(":root")]


def _flat(sheet: str) -> list[tuple[str, str]]:
    outside = re.sub(r"@[^{};]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", _uncommented(sheet))
    return [(found[1].strip(), found[2].strip()) for found in _RULE.finditer(outside)]


def _uncommented(sheet: str) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
