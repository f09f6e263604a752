"""The answer as SARIF 2.1.0 (OASIS), the format of code scanners: for GitHub code scanning, editors and archives."""

from __future__ import annotations

import shlex
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.finding import Severity
from unstuck.record.writer import finite_json
from unstuck.show.json import of_training
from unstuck.show.outcomes import Outcomes
from unstuck.show.sarif_result import ROOT, Scene, result
from unstuck.show.subjects import by_number

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
        diagnosis: what is shown.
        record: that it is about.
        pages: the rules that ran; a rule without a page is described by its finding.
        patches: remedies that can be written as a change of the script: they become fixes.
    """
    rules = {page.code: _rule(page) for page in pages}
    for ranked in diagnosis.findings:
        rules.setdefault(ranked.finding.code, _unknown_rule(ranked.finding))
    codes = tuple(rules)
    ordered = sorted(diagnosis.findings, key=lambda ranked: ranked.rank)
    scene = Scene(
        diagnosis=diagnosis, record=record, patches=patches or {}, ordered=tuple(ordered),
        trainings=by_number(record),
    )  # fmt: skip
    seen: Counter[str] = Counter()
    results = [
        {
            "ruleId": ranked.finding.code, "ruleIndex": codes.index(ranked.finding.code),
            "level": LEVEL[ranked.finding.severity], **result(ranked, scene, seen),
        }
        for ranked in ordered
    ]  # fmt: skip
    run = {
        "tool": {"driver": {"name": "unstuck", "version": version("unstuck"), "rules": list(rules.values())}},
        "automationDetails": {"id": f"unstuck/{diagnosis.run}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": _bases(record),
        "invocations": [_invocation(diagnosis, record)],
        "results": results,
        "properties": {
            "kind": str(record.manifest.kind), "verdict": str(diagnosis.verdict), "ended": str(diagnosis.ended),
            "answer": diagnosis.answer,
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
    about = {"text": "The folder in which the program was started."}
    folder = Path(record.manifest.cwd or ".")
    if not folder.is_absolute():
        return {ROOT: {"description": about}}
    return {ROOT: {"uri": folder.as_uri().rstrip("/") + "/", "description": about}}


def _invocation(diagnosis: Diagnosis, record: Record) -> Json:
    """The program that was recorded, and the rules that were skipped."""
    manifest, words = record.manifest, record.manifest.argv
    invocation: Json = {
        "executionSuccessful": not Outcomes.of(diagnosis.outcomes).broke,
        "exitCodeDescription": f"The recorded program: {diagnosis.ended}.",
        "toolExecutionNotifications": list(_notifications(diagnosis)),
    }
    if words:
        invocation |= {"commandLine": shlex.join(words), "arguments": list(words[1:])}
    if manifest.returncode is not None:
        invocation["exitCode"] = manifest.returncode
    if manifest.signal:
        invocation["exitSignalName"] = manifest.signal
    if manifest.began:
        invocation["startTimeUtc"] = _utc(manifest.began)
    if manifest.began and manifest.duration:
        invocation["endTimeUtc"] = _utc(manifest.began + manifest.duration)
    if manifest.cwd:
        invocation["workingDirectory"] = {"uriBaseId": ROOT, "uri": ""}
    return invocation


def _notifications(diagnosis: Diagnosis) -> Iterator[Json]:
    outcomes = Outcomes.of(diagnosis.outcomes)
    for broke in outcomes.broke:
        text = f"{broke.code} failed with an error, which is a defect of unstuck: {broke.error}"
        yield {"level": "error", "message": {"text": text}, "associatedRule": {"id": broke.code}}
    for skipped in outcomes.skipped:
        where = " in some trainings" if skipped.passed else ""
        text = f"{skipped.code} was skipped{where} (needs {', '.join(skipped.missing)})"
        yield {"level": "note", "message": {"text": text}, "associatedRule": {"id": skipped.code}}
    for sentence in diagnosis.not_seen:
        yield {"level": "note", "message": {"text": f"not recorded: {sentence}"}}


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
