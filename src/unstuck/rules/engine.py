"""Run every rule on every subject of a record. What broke is reported, and so is what could not be judged."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import Any

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.run.status import summary_of
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.subjects import views
from unstuck.analysis.view import View
from unstuck.core.diagnosis import AllowedFinding, Diagnosis
from unstuck.core.experiment import Results
from unstuck.core.finding import Finding, Place
from unstuck.core.outcome import Broke, Fired, Outcome, Passed, Skipped
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record
from unstuck.rules import searches
from unstuck.rules.allowed import answer_with_allowed, with_allowed, without
from unstuck.rules.answer import answer
from unstuck.rules.answer_without_training import answer_without_training, verdict_without_training
from unstuck.rules.part_seen import as_seen
from unstuck.rules.ranking import ranked
from unstuck.rules.rule import Rule, TooLittle
from unstuck.rules.run_verdict import ended, final_status, not_seen, overall, overhead
from unstuck.rules.said_once import said_once
from unstuck.rules.selection import Kinds, Selection

Allowing = Callable[[Finding], Place | None]
"""the line of the user's source that allows a finding, if one does"""


def diagnose(
    record: Record,
    rules: Kinds | Selection | None = None,
    experiments: Results | None = None,
    allowing: Allowing = lambda _: None,
) -> Diagnosis:
    """Everything that the rules say about a record, and about what was tried on it.

    Args:
        record: what was recorded.
        rules: those that judge; all with their default thresholds by default.
        experiments: what was tried on the run.
        allowing: tells which findings a comment in the user's source allows.
    """
    selection = rules if isinstance(rules, Selection) else Selection.of(rules)
    subjects = views(record, experiments)
    trainings = [view for view in subjects if isinstance(view, TrainingView)]
    kinds = {type(view) for view in subjects} or {TrainingView}
    judging = [rule for rule in selection.rules.values() if kinds & set(rule.subjects) and _concerns(rule, subjects)]
    outcomes = [searches.as_notes(said_once(run_rule(rule, subjects)), rule, trainings) for rule in judging]
    findings = [finding for outcome in outcomes if isinstance(outcome, Fired) for finding in outcome.findings]
    allowed = tuple(
        AllowedFinding(finding=finding, comment=comment)
        for finding in findings if (comment := allowing(finding)) is not None
    )  # fmt: skip
    order = ranked(without(allowed, findings), selection.rules)
    about: dict[str, Any] = {
        "run": record.name, "ended": ended(record), "findings": order, "allowed": allowed,
        "outcomes": tuple(with_allowed(outcome, allowed) for outcome in outcomes),
        "not_seen": not_seen(record), "overhead": overhead(record), "configuration": selection.configuration,
    }  # fmt: skip
    if record.manifest.kind is not RecordKind.PROBE and (trainings or TrainingView in kinds):
        unmoved = {code for code, rule in selection.rules.items() if rule.proves_stuck}
        statuses = {view: final_status(view, findings, unmoved) for view in trainings if view.training.losses}
        summaries = tuple(summary_of(view.training, status) for view, status in statuses.items())
        verdict = overall(statuses)
        said = answer(record, verdict, order, summaries, selection.rules)
        return Diagnosis(verdict=verdict, answer=answer_with_allowed(said, allowed), trainings=summaries, **about)
    said = answer_without_training(subjects, order)
    verdict = verdict_without_training(subjects, order)
    return Diagnosis(verdict=verdict, answer=answer_with_allowed(said, allowed), **about)


def _concerns(rule: Rule[View] | type[Rule[View]], subjects: Sequence[View]) -> bool:
    """Whether a rule can be about any of these subjects: padding is no question that a table answers."""
    return not subjects or any(_judges(rule, view) for view in subjects)


def _judges(rule: Rule[View] | type[Rule[View]], view: View) -> bool:
    """Whether a rule can be about this subject: of a run's data, and of first steps alone, only some are."""
    if not isinstance(view, rule.subjects) or (isinstance(view, DatasetView) and view.of_run and not rule.of_runs):
        return False
    if isinstance(view, TrainingView) and view.record.manifest.kind is RecordKind.PROBE and not rule.of_first_steps:
        return False
    return view.applies(rule.needs)


def run_rule(kind: Rule[View] | type[Rule[View]], subjects: Sequence[View]) -> Outcome:
    """One rule on every subject that it can judge; a class judges by its default thresholds."""
    rule = kind() if isinstance(kind, type) else kind
    missing: dict[str, None] = {}
    judged = 0
    findings: list[Finding] = []
    for view in subjects:
        if not _judges(rule, view):
            continue
        if failure := view.broken(rule.needs):
            return Broke(rule.code, failure)
        lacking = view.missing(rule.needs)
        if lacking:
            missing |= dict.fromkeys(lacking)
            continue
        try:
            findings += (as_seen(finding, view) for finding in rule.check(view))
            judged += 1
        except TooLittle as reason:
            missing[str(reason)] = None
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return Broke(rule.code, f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})")
    if findings:
        return Fired(rule.code, tuple(findings))
    if judged and not missing:
        return Passed(rule.code)
    return Skipped(rule.code, tuple(missing) or ("training",), judged)
