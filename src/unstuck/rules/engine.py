"""Run every rule on every subject of a record. What broke is reported, and so is what could not be judged."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence

from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.subjects import views
from unstuck.analysis.view import View
from unstuck.core.diagnosis import Diagnosis
from unstuck.core.experiment import Results
from unstuck.core.finding import Finding
from unstuck.core.outcome import Broke, Fired, Outcome, Passed, Skipped
from unstuck.record.reader import Record
from unstuck.rules import searches
from unstuck.rules.answer import answer
from unstuck.rules.answer_without_training import answer_without_training, verdict_without_training
from unstuck.rules.ranking import ranked
from unstuck.rules.registry import load
from unstuck.rules.rule import Rule, TooLittle
from unstuck.rules.verdict import ended, final_status, not_seen, overall, overhead, summary_of

Rules = Mapping[str, type[Rule[View]]]


def diagnose(record: Record, rules: Rules | None = None, experiments: Results | None = None) -> Diagnosis:
    """Everything that the rules say about a record, and about what was tried on it."""
    rules = load() if rules is None else rules
    subjects = views(record, experiments)
    trainings = [view for view in subjects if isinstance(view, TrainingView)]
    kinds = {type(view) for view in subjects} or {TrainingView}
    judging = [rule for rule in rules.values() if kinds & set(rule.subjects)]
    outcomes = tuple(searches.as_notes(run_rule(rule, subjects), rule, trainings) for rule in judging)
    findings = [finding for outcome in outcomes if isinstance(outcome, Fired) for finding in outcome.findings]
    order = ranked(findings, rules)
    about = {"run": record.name, "ended": ended(record), "findings": order, "outcomes": outcomes,
             "not_seen": not_seen(record), "overhead": overhead(record)}  # fmt: skip
    if trainings or TrainingView in kinds:
        unmoved = {code for code, rule in rules.items() if rule.proves_stuck}
        standings = {view: final_status(view, findings, unmoved) for view in trainings if view.training.losses}
        summaries = tuple(summary_of(view.training, status) for view, status in standings.items())
        verdict = overall(standings)
        said = answer(record, verdict, order, summaries, rules)
        return Diagnosis(verdict=verdict, answer=said, trainings=summaries, **about)
    verdict = verdict_without_training(order)
    return Diagnosis(verdict=verdict, answer=answer_without_training(subjects, order), **about)


def run_rule(kind: type[Rule[View]], subjects: Sequence[View]) -> Outcome:
    """One rule on every subject that it can judge."""
    rule = kind()
    missing: dict[str, None] = {}
    judged = 0
    findings: list[Finding] = []
    for view in subjects:
        if not isinstance(view, rule.subjects):
            continue
        lacking = view.missing(rule.needs)
        if lacking:
            missing |= dict.fromkeys(lacking)
            continue
        try:
            findings += rule.check(view)
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


