"""The first line: why the network does not learn, in one sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from unstuck.analysis.run.status import MIN_STEPS
from unstuck.core.diagnosis import GOOD, Ranked, TrainingSummary, Verdict
from unstuck.core.finding import Confidence, Severity
from unstuck.record import events
from unstuck.record.damage import damage
from unstuck.record.reader import Record
from unstuck.rules.registry import load
from unstuck.rules.rule import ANY_CAUSE, Rules

MAX_MESSAGE = 120
"""characters of an exception's own message that are repeated"""
_HOW = {
    Verdict.STUCK: "The network does not learn",
    Verdict.DIVERGED: "The training diverged",
    Verdict.LEARNING: "The network learns and was still improving",
    Verdict.LEARNED: "The network learned",
    Verdict.TOO_SHORT: "The run was too short to be judged",
    Verdict.NO_TRAINING: "No training was recorded: the program did not call backward",
}
_NOISY = "The loss is too noisy to be judged"
_NOT_RECORDED = "The run could not be recorded"
_SHORT = {
    Verdict.STUCK: "stuck", Verdict.DIVERGED: "diverged", Verdict.LEARNING: "still improving",
    Verdict.LEARNED: "learned", Verdict.TOO_SHORT: "not judged", Verdict.NO_TRAINING: "not trained",
}  # fmt: skip
_BAD = (Verdict.STUCK, Verdict.DIVERGED, Verdict.NO_TRAINING)


def answer(
    record: Record,
    verdict: Verdict,
    findings: Sequence[Ranked],
    summaries: Sequence[TrainingSummary],
    rules: Rules | None = None,
) -> str:
    """One sentence: how the program ended if not by itself, the training status, the first cause with its place."""
    rules = load() if rules is None else rules
    how = _HOW[verdict]
    if verdict is Verdict.TOO_SHORT and max((one.steps for one in summaries), default=0) >= MIN_STEPS:
        how = _NOISY
    if verdict is Verdict.LEARNING and all(one.last_loss >= one.first_loss for one in summaries if one.steps):
        how = "The training ran, but its loss shows no progress"
    if verdict in GOOD and summaries and all(summary.no_objective for summary in summaries):
        how = "The training ran; its loss does not measure progress"
    if verdict is Verdict.NO_TRAINING and damage(record):
        return f"The record is damaged and cannot be judged: {damage(record)[0]}."
    if verdict is Verdict.NO_TRAINING and record.manifest.failures:
        how = _NOT_RECORDED
    ended = _ended(record, summaries)
    if ended and verdict is Verdict.NO_TRAINING:
        how = f"{ended} before any training" if not record.running else "Still running, no training was recorded yet"
    elif ended:
        how = f"{ended}; {how[0].lower()}{how[1:]}"
    alarms = [
        r for r in findings
        if r.finding.severity is not Severity.INFO and r.explained_by is None
        and r.finding.confidence is not Confidence.REFUTED
    ]
    causes = [r for r in alarms if not _is_symptom(r, rules)]
    if not alarms and how == _NOT_RECORDED:
        return f"{how}: the recorder failed, and no rule was checked."
    if not alarms and verdict is Verdict.NO_TRAINING:
        return f"{how}; there is nothing to judge."
    if not alarms and how == _HOW[Verdict.LEARNED] and len(summaries) == 1:
        return f"{_losses(summaries[0])}; {_no_fault(record)}."  # the verdict stands before it
    if not alarms:
        return f"{how}{_numbers(summaries)}; {_no_fault(record)}."
    if not causes:
        return f"{how}: {alarms[0].finding.message} [{alarms[0].finding.code}]; no cause was found."
    first = causes[0].finding
    where = f" ({PurePath(first.place.file).name}:{first.place.line})" if first.place.file is not None else ""
    more = f", and {len(causes) - 1} more" if len(causes) > 1 else ""
    joint = "because" if verdict in _BAD else "but"
    return f"{how}{_tally(summaries)}, {joint} {first.message} [{first.code}]{where}{more}."


def _no_fault(record: Record) -> str:
    """That nothing was found, and whether a whole training was not recorded."""
    notes = (note for part in record.parts for note in part.of(events.Note))
    unrecorded = any(note.training for note in notes)
    return "no fault was found" + (" in what was recorded: another training was not" if unrecorded else "")


def _is_symptom(ranked: Ranked, rules: Rules) -> bool:
    rule = rules.get(ranked.finding.code)
    return rule is not None and ANY_CAUSE in rule.explained_by


def _ended(record: Record, summaries: Sequence[TrainingSummary]) -> str:
    """How the program ended, where it did not end by itself."""
    when = f" after {_counted(sum(one.steps for one in summaries), 'step')}" if summaries else ""
    if record.running:
        return f"Still running{when}"
    ended = record.manifest.ended or "killed"
    if ended == "interrupted":
        return f"Interrupted{when}"
    if ended == "killed":
        return f"The program was killed{when}"
    if ended != "exception":
        code = record.manifest.returncode
        return f"The program ended with exit code {code}{when}" if code else ""
    ends = (event for part in record.parts for event in part.of(events.End))
    end = next((end for end in (*ends, record.manifest.child) if end is not None and end.exception), None)
    if end is None:
        return f"The program ended with exit code {record.manifest.returncode}{when}"
    text = str(end.message or "").strip().split("\n", 1)[0][:MAX_MESSAGE]
    where = f" ({PurePath(end.file).name}:{end.line})" if end.file else ""
    return f"The program stopped{when} with {end.exception}{f': {text}' if text else ''}{where}"


def _tally(summaries: Sequence[TrainingSummary]) -> str:
    """How many trainings have which status, where there are several."""
    if len(summaries) < 2:
        return ""
    counts = Counter(summary.verdict for summary in summaries)
    if len(counts) == 1:
        return f" (all {len(summaries)} trainings)"
    parts = ", ".join(f"{number} {_SHORT[verdict]}" for verdict, number in counts.most_common())
    return f" ({len(summaries)} trainings: {parts})"


def _numbers(summaries: Sequence[TrainingSummary]) -> str:
    if len(summaries) != 1:
        return _tally(summaries)
    summary = summaries[0]
    return f": {_losses(summary)}" if math.isfinite(summary.last_loss) else ""


def _losses(summary: TrainingSummary) -> str:
    """``loss 2.3 → 0.05 in 300 steps (baseline 2.303)``."""
    baseline = f" (baseline {summary.baseline_loss:.4g})" if summary.baseline_loss is not None else ""
    steps = _counted(summary.steps, "step")
    return f"loss {summary.first_loss:.4g} → {summary.last_loss:.4g} in {steps}{baseline}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
