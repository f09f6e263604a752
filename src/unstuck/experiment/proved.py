"""A diagnosis after the experiments: what was verified is sure, what was refuted is not the cause."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import Proof
from unstuck.core.finding import Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Results, Trial
    from unstuck.core.finding import Finding


def proved(diagnosis: Diagnosis, results: Results) -> Diagnosis:
    """The same findings with the confidence that the experiments give them, verified ones first among their equals."""
    findings = [replace(one, finding=judged(one.finding, results.trials)) for one in diagnosis.findings]
    findings.sort(key=lambda one: (one.explained_by is not None, one.finding.confidence.weight))
    ranked = tuple(replace(one, rank=rank) for rank, one in enumerate(findings, 1))
    return replace(diagnosis, findings=ranked, experiments=results)


def judged(finding: Finding, trials: Sequence[Trial]) -> Finding:
    """Verified where one of its remedies is; refuted where each that was tried is, on top of whatever else helps."""
    mine = [trial for trial in trials if finding.code in trial.codes]
    tested = [trial for trial in mine if trial.effect is not None]
    if any(trial.proof is Proof.VERIFIED for trial in tested):
        return replace(finding, confidence=Confidence.VERIFIED)
    deepest = max((len(trial.on_top_of) for trial in trials), default=0)
    last = [trial for trial in tested if len(trial.on_top_of) == deepest]
    if last and all(trial.proof is Proof.REFUTED for trial in last) and len(tested) == len(mine):
        return replace(finding, confidence=Confidence.REFUTED)
    return finding
