"""Run every rule over every training of a record; what breaks is told, what could not look is told."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace

from unstuck.core.diagnosis import Diagnosis, Ended, Verdict
from unstuck.core.finding import Finding
from unstuck.core.outcome import Broke, Fired, Outcome, Passed, Skipped
from unstuck.record.reader import Part, Record
from unstuck.record.training import trainings
from unstuck.rules.answer import answer
from unstuck.rules.ranking import ranked
from unstuck.rules.registry import load
from unstuck.rules.rule import Rule
from unstuck.rules.standing import summary_of
from unstuck.rules.view import QUANTITIES, View

_GRAVITY = (Verdict.DIVERGED, Verdict.STUCK, Verdict.LEARNING, Verdict.LEARNED, Verdict.TOO_SHORT)


def diagnose(record: Record, rules: Mapping[str, type[Rule]] | None = None) -> Diagnosis:
    """Everything that the rules make of a record."""
    rules = load() if rules is None else rules
    views = tuple(View(record, training) for training in trainings(record))
    outcomes = tuple(run_rule(rule, views) for rule in rules.values())
    findings = [finding for outcome in outcomes if isinstance(outcome, Fired) for finding in outcome.findings]
    order = ranked(merged(findings), rules)
    summaries = tuple(summary_of(view.training, view.standing) for view in views if view.training.losses)
    verdict = overall([summary.verdict for summary in summaries])
    return Diagnosis(
        run=record.name, verdict=verdict, ended=ended(record),
        answer=answer(record, verdict, order, summaries),
        findings=order, outcomes=outcomes, trainings=summaries, not_seen=not_seen(record), overhead=overhead(record),
    )


def run_rule(kind: type[Rule], views: tuple[View, ...]) -> Outcome:
    """One rule over all trainings."""
    rule = kind()
    missing: tuple[str, ...] = ("training",)
    looked = False
    findings: list[Finding] = []
    for view in views:
        try:
            lacking = tuple(QUANTITIES[name][0] for name in rule.needs if not QUANTITIES[name][1](view))
            if lacking:
                missing = lacking
                continue
            findings += rule.check(view)
            looked = True
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return Broke(rule.code, f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})")
    if findings:
        return Fired(rule.code, tuple(findings))
    return Passed(rule.code) if looked else Skipped(rule.code, missing)


def merged(findings: list[Finding]) -> list[Finding]:
    """The same finding at the same place in many trainings (folds, sweeps) is told once, with their number."""
    kept: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        kept.setdefault((finding.code, finding.severity, finding.place), []).append(finding)
    told = []
    for same in kept.values():
        among = len({finding.training for finding in same})
        first = same[0]
        told.append(replace(first, message=f"{first.message} (in {among} trainings)") if among > 1 else first)
    return told


def overall(verdicts: list[Verdict]) -> Verdict:
    """The gravest verdict among trainings; those too short speak only if there is nothing else."""
    return next((grave for grave in _GRAVITY if grave in verdicts), Verdict.NO_TRAINING)


def ended(record: Record) -> Ended:
    """How the program ended, by the manifest; killed where nobody could say."""
    try:
        return Ended(record.manifest.get("ended", Ended.KILLED))
    except ValueError:
        return Ended.KILLED


def not_seen(record: Record) -> tuple[str, ...]:
    """What the recorder says that it could not see."""
    parts = record.parts
    notes = [event["text"] for part in parts for event in part.of("note")]
    notes += [f"watching stopped: {event['error']}" for part in parts for event in part.of("failure")]
    return tuple(dict.fromkeys(notes))


def overhead(record: Record) -> dict[str, float]:
    """What watching cost, as measured while watching."""
    part: Part | None = record.main
    if part is None:
        return {}
    spent = [float(event["cost"]) for event in part.of("window")]
    seconds = float(part.tape["time"][-1]) if len(part.tape) else 0.0
    told = {"windows": float(len(spent)), "windows_seconds": sum(spent), "seconds": seconds}
    if seconds > 0:
        told["share"] = sum(spent) / seconds
    return told
