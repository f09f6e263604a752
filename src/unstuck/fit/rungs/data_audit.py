"""Rung *audit*: is the data right?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from unstuck.core.finding import Finding, Severity
from unstuck.core.words import count
from unstuck.fit.work import Work

MOST_SAID = 4
LEAST_ROWS, ROWS_PER_SECOND = 5_000, 200
"""examples that an audit looks at, and more for a larger budget"""
KEPT = "audit.json"


def audit_data(work: Work, splits: Mapping[str, object]) -> None:
    """Audit what was given, and print the findings; it never stops the ladder."""
    from unstuck.audit.produce import produce
    from unstuck.run import Run

    rung = work.narrator.begin("audit", "Is the data right?")
    kept = work.folder / KEPT
    rows = min(work.reading.rows, max(LEAST_ROWS, int(ROWS_PER_SECOND * work.settings.budget)))
    if not kept.exists():
        path = produce(
            splits, replace(work.reading, rows=rows), work.records, argv=("unstuck", "fit"),
            progress=lambda what, _: work.narrator.progress(f"audit: {what}", 0.0),
        )
        answer = Run(path).answer()
        answer.keep()
        found = [_kept(ranked.finding) for ranked in answer.diagnosis.findings]
        kept.write_text(json.dumps({"record": path.name, "findings": found}), encoding="utf-8")
    known = json.loads(kept.read_text(encoding="utf-8"))
    rung.record = str(Path("records") / known["record"])
    rung.tried.append("all measurements of `unstuck audit` on training and test data")
    serious = [one for one in known["findings"] if one[2] in (Severity.ERROR, Severity.WARNING)]
    for code, _, severity, message in (serious or known["findings"])[:MOST_SAID]:
        rung.found.append(f"{severity} {code}: {message}")
    more = len(known["findings"]) - min(MOST_SAID, len(serious or known["findings"]))
    if more > 0:
        rung.found.append(f"{count(more, 'more finding')}: unstuck show {work.folder / rung.record}")
    if not known["findings"]:
        rung.found.append("nothing that a rule reports")
    work.facts["audit"] = [f"{code} {message}" for code, _, _, message in known["findings"]]
    skewed = [one.name for one in work.preparation.numbers if one.how == "quantile"]
    used = f"{count(len(work.preparation.numbers), 'column')} of numbers, {len(work.preparation.categories)} of names"
    if work.preparation.numbers or work.preparation.categories:
        rung.found.append(
            f"{used}; {len(skewed)} with a long tail become ranks, the others are standardised"
            + "".join(f"; {name} is left out ({why})" for name, why in work.preparation.left_out[:3])
        )
    work.narrator.end(rung, (
        "these findings are yours to judge: clean the data (`unstuck audit --write-clean`) and fit again. The ladder "
        "goes on with the data as it is." if serious else "nothing stands in the way."
    ))  # fmt: skip


def _kept(finding: Finding) -> list[str]:
    """Code, name, severity and message with the split that it is about."""
    split = f" ({finding.subject.name})" if finding.subject.name else ""
    return [finding.code, finding.name, str(finding.severity), finding.message + split]
