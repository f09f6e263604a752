"""The figure of a finding's evidence as the page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.figures.evidence.by_name import evidence_figure
from unstuck.show.html_evidence import drawn_evidence

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.by_name import Judged


def evidence_for_page(finding: Finding, subject: Judged | None) -> dict[str, Any]:
    """Empty where there is no figure."""
    evidence = evidence_figure(finding, subject) if subject is not None else None
    return {} if evidence is None else drawn_evidence(evidence.figure, evidence.sentence)
