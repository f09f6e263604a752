"""A diagnosis after the experiments: what was verified is sure, what was refuted is not the cause."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import Proof
from unstuck.core.finding import Confidence
from unstuck.experiment.interventions.building_blocks.registry import load
from unstuck.rules.answer import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Results, Trial
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Record


def proved(diagnosis: Diagnosis, results: Results, record: Record) -> Diagnosis:
    """The same findings with the confidence that the experiments give them, verified ones first among their equals.

    A finding that an experiment alone has made is tied to the trial that made it; the answer no longer names what was
    refuted.
    """
    results = replace(results, trials=tuple(tied(one, diagnosis, results) for one in results.trials))
    findings = [replace(one, finding=judged(one.finding, results.trials)) for one in diagnosis.findings]
    findings.sort(key=lambda one: (one.explained_by is not None, one.finding.confidence.weight))
    ranked = tuple(replace(one, rank=rank) for rank, one in enumerate(findings, 1))
    said = answer(record, diagnosis.verdict, ranked, diagnosis.trainings)
    return replace(diagnosis, answer=said, findings=ranked, experiments=results)


def tied(trial: Trial, diagnosis: Diagnosis, results: Results) -> Trial:
    """The trial of the panel that cures alone, with the findings whose remedy it turned out to be.

    Those that an experiment alone has made; and where it was asked for by name, those that propose this very change.
    """
    if trial.codes or trial.on_top_of or results.sufficient != (trial.title,):
        return trial
    kind = load().get(trial.names[-1])
    owed = {} if kind is None else {
        one.finding.code: [
            remedy.name for remedy in one.finding.remedies if remedy.name in kind.remedies
            and (
                one.finding.confidence is Confidence.VERIFIED
                or trial.title in {other.title for other in kind.carrying_out(remedy.name, one.finding)}
            )
        ]
        for one in diagnosis.findings
    }  # fmt: skip
    codes = tuple(code for code, names in owed.items() if names)
    remedies = tuple(dict.fromkeys(name for names in owed.values() for name in names))
    return replace(trial, codes=codes, remedies=remedies)


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
