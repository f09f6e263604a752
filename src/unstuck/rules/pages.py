"""The pages of all rules as data: `show` may not import rules, and is handed these."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from unstuck.core.markdown import sections
from unstuck.core.page import RulePage
from unstuck.rules.registry import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.analysis.view import View
    from unstuck.rules.rule import Rule

WHY = "Why it hurts"


def pages(rules: Mapping[str, type[Rule[View]]] | None = None) -> tuple[RulePage, ...]:
    """One for each rule, in the order of the catalogue; by default of our own rules."""
    known = load() if rules is None else rules
    names = {code: rule.name for code, rule in known.items()}
    return tuple(_page(rule, names) for rule in known.values())


def _page(rule: type[Rule[View]], names: Mapping[str, str]) -> RulePage:
    lead, named = sections(inspect.cleandoc(rule.__doc__ or ""))
    return RulePage(
        code=rule.code, name=rule.name, severity=rule.severity, summary=_joined(lead), why=_joined(named.get(WHY, "")),
        markdown=rule.page(names),
    )


def _joined(text: str) -> str:
    """A paragraph as one line."""
    return " ".join(text.split())
