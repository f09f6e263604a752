"""Run every rule over every training of a record; what breaks is told, what could not look is told."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unstuck.analysis.run.status import Standing, summary_of
from unstuck.analysis.run.training import Training, trainings
from unstuck.analysis.run.view import QUANTITIES, View
from unstuck.core.diagnosis import Diagnosis, Ended, Verdict
from unstuck.core.experiment import Results
from unstuck.core.finding import Finding, Severity
from unstuck.core.outcome import Broke, Fired, Outcome, Passed, Skipped
from unstuck.record import events
from unstuck.record.reader import Part, Record
from unstuck.rules.answer import answer
from unstuck.rules.ranking import ranked
from unstuck.rules.registry import load
from unstuck.rules.rule import Rule

GOOD = (Verdict.LEARNING, Verdict.LEARNED)
SEARCHED = frozenset(
    {"ARC101", "ARC102", "CRV101", "CRV103", "CRV107", "CRV110", "DAT102", "LOP111", "NUM101", "OPT101", "OPT102"}
)
"""what a try may come to without anything being wrong with the script"""
UNMOVED = frozenset({"LOP102", "LOP108"})
"""what proves that nothing is learned, however few the steps"""
_GRAVITY = (Verdict.DIVERGED, Verdict.STUCK, Verdict.LEARNING, Verdict.LEARNED, Verdict.TOO_SHORT)


def diagnose(
    record: Record, rules: Mapping[str, type[Rule]] | None = None, experiments: Results | None = None
) -> Diagnosis:
    """Everything that the rules make of a record, and of what was tried on it."""
    rules = load() if rules is None else rules
    found = trainings(record)
    tried = tried_on(found, experiments)
    views = tuple(View(record, one, experiments if one is tried else None) for one in found)
    outcomes = tuple(searched(run_rule(rule, views), views) for rule in rules.values())
    findings = [finding for outcome in outcomes if isinstance(outcome, Fired) for finding in outcome.findings]
    order = ranked(findings, rules)
    standings = {view: final_standing(view, findings) for view in views if view.training.losses}
    summaries = tuple(summary_of(view.training, standing) for view, standing in standings.items())
    verdict = overall(standings)
    return Diagnosis(
        run=record.name, verdict=verdict, ended=ended(record),
        answer=answer(record, verdict, order, summaries),
        findings=order, outcomes=outcomes, trainings=summaries, not_seen=not_seen(record), overhead=overhead(record),
    )


def tried_on(found: Sequence[Training], experiments: Results | None) -> Training | None:
    """The training that experiments are about: the one that they name, or the longest."""
    if experiments is None or not found:
        return None
    named = [one for one in found if one.number == experiments.training]
    return named[0] if named else max(found, key=lambda one: len(one.loss.value) if one.loss is not None else 0)


def run_rule(kind: type[Rule], views: tuple[View, ...]) -> Outcome:
    """One rule over all trainings."""
    rule = kind()
    missing: dict[str, None] = {}
    looked = 0
    findings: list[Finding] = []
    for view in views:
        try:
            lacking = tuple(QUANTITIES[name][0] for name in rule.needs if not QUANTITIES[name][1](view))
            if lacking:
                missing |= dict.fromkeys(lacking)
                continue
            findings += rule.check(view)
            looked += 1
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return Broke(rule.code, f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})")
    if findings:
        return Fired(rule.code, tuple(findings))
    if looked and not missing:
        return Passed(rule.code)
    return Skipped(rule.code, tuple(missing) or ("training",), looked)


def searched(outcome: Outcome, views: tuple[View, ...]) -> Outcome:
    """A failed try among good ones is a search, not a sickness: what it came to is told as a note."""
    if not isinstance(outcome, Fired) or outcome.code not in SEARCHED or len(views) < 2:
        return outcome
    sick = {finding.training for finding in outcome.findings}
    good = {
        place for view in views
        if view.standing.verdict in GOOD and view.training.number not in sick and (place := place_of(view))
    }  # fmt: skip
    tried = {view.training.number for view in views if place_of(view) in good}
    return Fired(
        outcome.code,
        tuple(
            replace(finding, severity=Severity.INFO, message=f"{finding.message}; another training here learned")
            if finding.training in tried
            else finding
            for finding in outcome.findings
        ),
    )


def place_of(view: View) -> tuple[str, int] | None:
    """The line that calls backward, shared by the trainings of a search."""
    loss = view.training.loss
    return (loss.file, loss.line) if loss is not None and loss.file is not None and loss.line is not None else None


def final_standing(view: View, findings: Sequence[Finding]) -> Standing:
    """The standing; stuck where the weights were seen to stay as they are, however few the steps."""
    still = any(one.training == view.training.number and one.code in UNMOVED for one in findings)
    if still and view.standing.verdict is Verdict.TOO_SHORT:
        return replace(view.standing, verdict=Verdict.STUCK)
    return view.standing


def overall(standings: Mapping[View, Standing]) -> Verdict:
    """The gravest verdict among trainings; of a search that of its good tries; too short where there is no other."""
    groups: dict[object, list[Verdict]] = {}
    for number, (view, standing) in enumerate(standings.items()):
        groups.setdefault(place_of(view) or number, []).append(standing.verdict)
    told = []
    for verdicts in groups.values():
        good = [verdict for verdict in verdicts if verdict in GOOD]
        told += good or verdicts
    return next((grave for grave in _GRAVITY if grave in told), Verdict.NO_TRAINING)


def ended(record: Record) -> Ended:
    """How the program ended, by the manifest; killed where nobody could say and it is gone."""
    if record.running:
        return Ended.RUNNING
    try:
        return Ended(record.manifest.get("ended", Ended.KILLED))
    except ValueError:
        return Ended.KILLED


def not_seen(record: Record) -> tuple[str, ...]:
    """What the recorder says that it could not see."""
    parts = record.parts
    notes = [event["text"] for part in parts for event in part.of(events.Note)]
    notes += [f"watching stopped: {event['error']}" for part in parts for event in part.of(events.Failure)]
    for failure in record.manifest.get("failures") or ():
        notes.append(f"the recorder failed ({failure.get('error')}); the program ran on, unwatched from there")
    return tuple(dict.fromkeys(notes))


def overhead(record: Record) -> dict[str, float]:
    """What watching cost, as measured while watching."""
    part: Part | None = record.main
    if part is None:
        return {}
    spent = [float(event["cost"]) for event in part.of(events.SampledStep)]
    seconds = float(part.tape["time"][-1]) if len(part.tape) else 0.0
    told = {"windows": float(len(spent)), "windows_seconds": sum(spent), "seconds": seconds}
    if seconds > 0:
        told["share"] = sum(spent) / seconds
    return told
