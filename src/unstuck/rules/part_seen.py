"""What a finding says of data of which a run showed a part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.analysis.data.view import DatasetView
from unstuck.core.finding import Evidence
from unstuck.core.shares import wilson
from unstuck.core.words import count, number

if TYPE_CHECKING:
    from unstuck.analysis.view import View
    from unstuck.core.finding import Finding


def as_seen(finding: Finding, view: View) -> Finding:
    """The same with the part that was seen, and the 95 % interval of the share of its examples in the whole."""
    if not isinstance(view, DatasetView) or not view.of_run or view.split.looked_at is None:
        return finding
    seen, rows = view.split.looked_at, view.split.rows
    evidence = [*finding.evidence, Evidence(key="seen", label="examples that were examined", value=float(seen))]
    if finding.examples is not None:
        low, high = interval(finding.examples.share, seen, rows)
        evidence += [
            Evidence(key="share_low", label="their share in all, at least (95 %)", value=low, unit="share"),
            Evidence(key="share_high", label="their share in all, at most (95 %)", value=high, unit="share"),
        ]
    return replace(
        finding, evidence=tuple(evidence),
        message=f"{finding.message}; {number(seen)} of {count(rows, 'example')} were examined",
    )  # fmt: skip


def interval(share: float, seen: int, rows: int) -> tuple[float, float]:
    """The 95 % interval of a share in all rows, of which some were seen (Wilson, finite population)."""
    return wilson(share, seen, max(0.0, (rows - seen) / max(1, rows - 1)))
