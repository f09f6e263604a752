"""The answer as SARIF 2.1.0 (OASIS), the format of code scanners: for GitHub code scanning, editors and archives."""

from __future__ import annotations

import shlex
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.analysis.run.training import trainings
from unstuck.core.finding import Severity
from unstuck.record.writer import finite_json
from unstuck.show.json import of_training
from unstuck.show.outcomes import Outcomes
from unstuck.show.sarif_result import ROOT, Scene, result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Finding
    from unstuck.core.page import RulePage
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

Json = dict[str, Any]


def to_sarif(
    diagnosis: Diagnosis, record: Record, *, pages: Sequence[RulePage] = (), patches: Patches | None = None
) -> Json:
    """One log of one run.

    Args:
        diagnosis: what is told.
        record: where it comes from.
        pages: the rules that ran; a rule without a page is described by its finding.
        patches: remedies that can be written as a change of the script: they become fixes.
    """
    rules = {page.code: _rule(page) for page in pages}
    for ranked in diagnosis.findings:
        rules.setdefault(ranked.finding.code, _unknown_rule(ranked.finding))
    codes = tuple(rules)
    ordered = sorted(diagnosis.findings, key=lambda one: one.rank)
    scene = Scene(
        diagnosis=diagnosis, record=record, patches=patches or {}, ordered=tuple(ordered),
        trainings={training.number: training for training in trainings(record)},
    )  # fmt: skip
    seen: Counter[str] = Counter()
    results = [
        {
            "ruleId": one.finding.code, "ruleIndex": codes.index(one.finding.code),
            "level": LEVEL[one.finding.severity], **result(one, scene, seen),
        }
        for one in ordered
    ]  # fmt: skip
    run = {
        "tool": {"driver": {"name": "unstuck", "version": version("unstuck"), "rules": list(rules.values())}},
        "automationDetails": {"id": f"unstuck/{diagnosis.run}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": _bases(record),
        "invocations": [_invocation(diagnosis, record)],
        "results": results,
        "properties": {
            "verdict": str(diagnosis.verdict), "ended": str(diagnosis.ended), "answer": diagnosis.answer,
            "trainings": [of_training(summary) for summary in diagnosis.trainings],
        },
    }  # fmt: skip
    log: Json = finite_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})  # type: ignore[assignment]
    return log


def _rule(page: RulePage) -> Json:
    why = f"{page.summary} {page.why}".strip()
    return {
        "id": page.code, "name": page.name, "shortDescription": {"text": page.summary},
        "fullDescription": {"text": why}, "help": {"text": why, "markdown": page.markdown},
        "defaultConfiguration": {"level": LEVEL[page.severity]},
        "properties": {"tags": ["training", page.code.rstrip("0123456789")]},
    }  # fmt: skip


def _unknown_rule(finding: Finding) -> Json:
    return {
        "id": finding.code, "name": finding.name, "shortDescription": {"text": finding.name},
        "defaultConfiguration": {"level": LEVEL[finding.severity]},
    }  # fmt: skip


def _bases(record: Record) -> Json:
    """Where relative paths begin: the folder in which the run was started."""
    about = {"text": "The folder in which the training was started."}
    folder = Path(str(record.manifest.get("cwd") or "."))
    if not folder.is_absolute():
        return {ROOT: {"description": about}}
    return {ROOT: {"uri": folder.as_uri().rstrip("/") + "/", "description": about}}


def _invocation(diagnosis: Diagnosis, record: Record) -> Json:
    """The program that was watched, and what of it could not be looked at."""
    manifest, words = record.manifest, [str(word) for word in record.manifest.get("argv") or ()]
    code, signal = manifest.get("returncode"), manifest.get("signal")
    told: Json = {
        "executionSuccessful": not Outcomes.of(diagnosis.outcomes).broke,
        "exitCodeDescription": f"The watched program: {diagnosis.ended}.",
        "toolExecutionNotifications": list(_notifications(diagnosis)),
    }
    if words:
        told |= {"commandLine": shlex.join(words), "arguments": words[1:]}
    if isinstance(code, int):
        told["exitCode"] = code
    if signal:
        told["exitSignalName"] = str(signal)
    began, lasted = manifest.get("began"), manifest.get("duration")
    if began:
        told["startTimeUtc"] = _utc(float(began))
    if began and lasted:
        told["endTimeUtc"] = _utc(float(began) + float(lasted))
    if manifest.get("cwd"):
        told["workingDirectory"] = {"uriBaseId": ROOT, "uri": ""}
    return told


def _notifications(diagnosis: Diagnosis) -> Iterator[Json]:
    outcomes = Outcomes.of(diagnosis.outcomes)
    for broke in outcomes.broke:
        said = f"{broke.code} broke, a defect of unstuck: {broke.error}"
        yield {"level": "error", "message": {"text": said}, "associatedRule": {"id": broke.code}}
    for skipped in outcomes.skipped:
        where = "in some trainings " if skipped.passed else ""
        said = f"{skipped.code} could not look {where}(needs {', '.join(skipped.missing)})"
        yield {"level": "note", "message": {"text": said}, "associatedRule": {"id": skipped.code}}
    for sentence in diagnosis.not_seen:
        yield {"level": "note", "message": {"text": f"not seen: {sentence}"}}


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
