"""A diagnosis after the experiments: its findings have the confidence that the experiments give them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.analysis.subjects import views
from unstuck.core.finding import Confidence
from unstuck.core.trial_verdict import of_finding
from unstuck.experiment.interventions.building_blocks.registry import load
from unstuck.record.manifest import RecordKind
from unstuck.rules.answer import answer
from unstuck.rules.answer_without_training import answer_without_training

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Results, Trial
    from unstuck.record.reader import Record


def proved(diagnosis: Diagnosis, results: Results, record: Record) -> Diagnosis:
    """The same findings, verified or refuted where the experiments say so; verified ones come first.

    A finding that was made by an experiment is tied to its trial. The answer no longer names what was refuted.
    """
    results = replace(results, trials=tuple(tied(one, diagnosis, results) for one in results.trials))
    findings = [replace(one, finding=of_finding(one.finding, results.trials)) for one in diagnosis.findings]
    findings.sort(key=lambda one: (one.explained_by is not None, one.finding.confidence.weight))
    ranked = tuple(replace(one, rank=rank) for rank, one in enumerate(findings, 1))
    if record.manifest.kind is RecordKind.PROBE:
        said = answer_without_training(views(record), ranked)
    else:
        said = answer(record, diagnosis.verdict, ranked, diagnosis.trainings)
    return replace(diagnosis, answer=said, findings=ranked, experiments=results)


def tied(trial: Trial, diagnosis: Diagnosis, results: Results) -> Trial:
    """A trial of the panel that is sufficient alone, with the findings whose remedy it turned out to be.

    These are the findings that experiments have made, and those that propose this very change.
    """
    if trial.codes or trial.on_top_of or results.sufficient != (trial.title,):
        return trial
    kind = load().get(trial.names[-1])
    remedies_of = {} if kind is None else {
        one.finding.code: [
            remedy.name for remedy in one.finding.remedies if remedy.name in kind.remedies
            and (
                one.finding.confidence is Confidence.VERIFIED
                or trial.title in {other.title for other in kind.carrying_out(remedy.name, one.finding)}
            )
        ]
        for one in diagnosis.findings
    }  # fmt: skip
    codes = tuple(code for code, names in remedies_of.items() if names)
    remedies = tuple(dict.fromkeys(name for names in remedies_of.values() for name in names))
    return replace(trial, codes=codes, remedies=remedies)
