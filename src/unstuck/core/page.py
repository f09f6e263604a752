"""The page of a rule as data, for readers that show rules beside findings."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.core.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """What a rule says of itself."""

    code: str
    name: str
    severity: Severity
    """the most that it may say"""
    summary: str
    """one sentence"""
    why: str
    """why it hurts"""
    markdown: str
    """the whole page"""
