"""Verdict and first line for records in which nothing is trained: data sets, probes, models, studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.model.view import ModelView
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.study.view import StudyView
from unstuck.analysis.view import View
from unstuck.core.diagnosis import Ranked, Verdict
from unstuck.core.finding import Severity
from unstuck.core.words import count
from unstuck.record.events.data.baselines import NumberToBeat
from unstuck.rules.model_answer import model_answer
from unstuck.rules.study_answer import study_answer

MOST_FAULTS = 3
"""of a model that are named"""


def verdict_without_training(subjects: Sequence[View], findings: Sequence[Ranked]) -> Verdict:
    """*faulty* where a fault was found, *clean* where none was, *measured* where simple models or settings were."""
    if _alarms(findings):
        return Verdict.FAULTY
    measured = _baseline(subjects) is not None or _study(subjects) is not None
    return Verdict.MEASURED if measured else Verdict.CLEAN


def answer_without_training(subjects: Sequence[View], findings: Sequence[Ranked]) -> str:
    """One sentence: what was judged, then the first cause with its place."""
    named = [view for view in subjects if not isinstance(view, TrainingView)]  # a preflight's first steps are its own
    judged = ", ".join(view.subject.title for view in named) or "nothing to judge"
    alarms = _alarms(findings)
    baseline, study = _baseline(subjects), _study(subjects)
    if study is not None:
        return study_answer(study)
    model = next((view for view in subjects if isinstance(view, ModelView)), None)
    if model is not None:
        return _of_model(model, findings, alarms)
    if not alarms and baseline is not None:
        return f"{baseline.sentence}."
    if not alarms:
        return f"{judged}: no fault was found{_notes(findings)}."
    first = alarms[0].finding
    where = f" ({PurePath(first.place.file).name})" if first.place.file is not None else ""
    others = len({ranked.finding.code for ranked in alarms}) - 1
    more = f", and {count(others, 'more fault')}" if others else ""
    return f"{judged}: {first.message} [{first.code}]{where}{more}."


def _of_model(view: ModelView, findings: Sequence[Ranked], alarms: Sequence[Ranked]) -> str:
    """The number first, then the fault."""
    said = model_answer(view)
    if not alarms:
        return f"{said}; no fault was found{_notes(findings)}."
    codes = list(dict.fromkeys(f"{ranked.finding.name} [{ranked.finding.code}]" for ranked in alarms))
    more = f" and {count(len(codes) - MOST_FAULTS, 'more fault')}" if len(codes) > MOST_FAULTS else ""
    return f"{said}; {', '.join(codes[:MOST_FAULTS])}{more}."


def _notes(findings: Sequence[Ranked]) -> str:
    codes = {ranked.finding.code for ranked in findings}
    return f"; {count(len(codes), 'note')}" if codes else ""


def _study(subjects: Sequence[View]) -> StudyView | None:
    return next((view for view in subjects if isinstance(view, StudyView)), None)


def _baseline(subjects: Sequence[View]) -> NumberToBeat | None:
    views = [view for view in subjects if isinstance(view, DatasetView)]
    return next((event for view in views for event in view.of(NumberToBeat)), None)


def _alarms(findings: Sequence[Ranked]) -> list[Ranked]:
    return [
        ranked for ranked in findings if ranked.finding.severity is not Severity.INFO and ranked.explained_by is None
    ]
