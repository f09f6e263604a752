"""The patches of an answer: of each remedy that is safe or proved, and of the set of changes that makes it learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.experiment import TrialVerdict
from unstuck.core.finding import Applicability, Place
from unstuck.experiment.patch import patch_of, patch_of_all
from unstuck.show.proofs import Patches, helps
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Trial
    from unstuck.core.finding import Finding
    from unstuck.experiment.patch import Change
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Help

FOREIGN = ("site-packages", "dist-packages")


def patches(diagnosis: Diagnosis, record: Record) -> Patches:
    """By the rank of the finding and the name of the remedy."""
    sources, found = Sources.of(record), {}
    if not _is_program(record):
        return {}
    for ranked in diagnosis.findings:
        for one in helps(ranked, diagnosis, {}):
            change = _worth_showing(one)
            patch = change and _in_its_file(ranked.finding, change, sources)
            if patch:
                found[ranked.rank, one.remedy.name] = patch
    return found


def _is_program(record: Record) -> bool:
    """Whether a program's own loop was watched: what was tried on objects need not hold for the file they came from."""
    return record.manifest.target is None or record.manifest.target.kind != "objects"


def _worth_showing(one: Help) -> Change | None:
    """What was proved, as it was tried; a plain mistake's remedy also where it was not tried."""
    if one.judged.verdict is TrialVerdict.VERIFIED:
        return one.judged.trial
    untried = one.judged.verdict is TrialVerdict.NOT_TESTED
    return one.remedy if untried and one.remedy.applicability is Applicability.SAFE else None


def _in_its_file(finding: Finding, change: Change, sources: Sources) -> str | None:
    for file in _files(finding):
        source = sources.text(file)
        patch = source and patch_of(_within(finding, file), change, source, sources.shown(file))
        if patch:
            return patch
    return None


def _files(finding: Finding) -> Iterator[str]:
    files = [place.file for place in (finding.place, finding.used_at) if place is not None and place.file]
    for file in dict.fromkeys(files):
        if not set(FOREIGN) & set(Path(file).parts):
            yield file


def _within(finding: Finding, file: str) -> Finding:
    """The finding with those of its places that lie in a file."""
    used = finding.used_at if finding.used_at is not None and finding.used_at.file == file else None
    return replace(finding, place=finding.place if finding.place.file == file else Place(), used_at=used)


def patch_of_proof(diagnosis: Diagnosis, record: Record) -> str | None:
    """One diff of the smallest set of changes that was proved; None where there is none, or it cannot be written."""
    results, sources = diagnosis.experiments, Sources.of(record)
    if results is None or not results.sufficient or not _is_program(record):
        return None
    found = [_trial(title, diagnosis) for title in results.sufficient]
    wanted = [(_finding(trial, diagnosis), trial) for trial in found if trial is not None]
    script = record.manifest.target.path if record.manifest.target is not None else None
    files = dict.fromkeys([file for finding, _ in wanted if finding is not None for file in _files(finding)])
    for file in dict.fromkeys([*([script] if script else ()), *files]):
        source = sources.text(file)
        if source and len(wanted) == len(found):
            shown = sources.shown(file)
            mine = [(one and _within(one, _as_named(one, shown, sources)), trial) for one, trial in wanted]
            patch = patch_of_all(mine, source, shown)
            if patch:
                return patch
    return None


def _as_named(finding: Finding, shown: str, sources: Sources) -> str:
    """The file as this finding names it: the record has relative and absolute paths."""
    return next((file for file in _files(finding) if sources.shown(file) == shown), shown)


def _trial(title: str, diagnosis: Diagnosis) -> Trial | None:
    trials = diagnosis.experiments.trials if diagnosis.experiments is not None else ()
    mine = [trial for trial in trials if trial.title == title]
    return max(mine, key=lambda one: one.verdict is TrialVerdict.VERIFIED, default=None)


def _finding(trial: Trial, diagnosis: Diagnosis) -> Finding | None:
    return next((one.finding for one in diagnosis.findings if one.finding.code in trial.codes), None)
