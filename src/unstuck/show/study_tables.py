"""A study in tables of text: the best settings, what was searched, what came to nothing, capacity, the second look."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.analysis.study.capacity import capacity, is_learning_rate
from unstuck.analysis.study.edges import Edge, edges
from unstuck.analysis.study.too_good import confirmation
from unstuck.analysis.study.view import study_view
from unstuck.core.words import count, number, share
from unstuck.show.facts_table import FactsTable

if TYPE_CHECKING:
    from unstuck.analysis.study.too_good import Confirmation
    from unstuck.analysis.study.view import StudyView
    from unstuck.record.events.study import SearchedParameter, StudyTrial
    from unstuck.record.reader import Record

MOST_BEST = 5
LEAST_IMPORTANCE = 0.05
"""of a parameter whose range is worth widening"""
MOST_FAILED = 10
MOST_WHY = 200


def study_tables(record: Record) -> tuple[FactsTable, ...]:
    """All tables of a study; none for a record of another kind."""
    view = study_view(record)
    if view is None:
        return ()
    found = (_best(view), _confirmed(view), _next(view), _searched(view), _failed(view), _capacity(view))
    return tuple(table for table in found if table is not None)


def _best(view: StudyView) -> FactsTable | None:
    names = [one.name for one in view.parameters]
    rows = tuple(
        (str(trial.number), number(trial.value or 0.0), *(setting(trial, name) for name in names))
        for trial in view.ranked[:MOST_BEST]
    )
    if not rows:
        return None
    return FactsTable(title="Best trials", head=("trial", view.setup.objective, *names), rows=rows)


def setting(trial: StudyTrial, name: str) -> str:
    """One value of a trial; "" where it has none."""
    value = trial.setting.get(name)
    if isinstance(value, float):
        return number(value)
    return "" if name not in trial.setting else str(value)


def _searched(view: StudyView) -> FactsTable | None:
    if not view.parameters:
        return None
    evaluator = next((one.evaluator for one in view.parameters if one.evaluator), "")
    how = f" (importance: share of the variance of the objective, {evaluator})" if evaluator else ""
    best = view.best
    rows = tuple(
        (
            one.name, range_in_words(one), "" if best is None else setting(best, one.name),
            "" if one.importance is None else share(one.importance),
            _searched_in(view, one),
        )
        for one in view.parameters
    )  # fmt: skip
    return FactsTable(
        title=f"What was searched{how}", head=("hyper-parameter", "range", "best", "importance", "searched"), rows=rows
    )


def range_in_words(parameter: SearchedParameter) -> str:
    """``1e-5 … 0.1 (log)`` or ``16 | 32``."""
    if parameter.choices or parameter.low is None or parameter.high is None:
        return " | ".join(parameter.choices)
    return f"{number(parameter.low)} … {number(parameter.high)}{' (log)' if parameter.log else ''}"


def _next(view: StudyView) -> FactsTable | None:
    """What another search should do otherwise."""
    rows = [(one.name, _edge_in_words(one)) for one in edges(view) if not one.importance < LEAST_IMPORTANCE]
    if view.parameters and not any(is_learning_rate(one.name) for one in view.parameters):
        rows.append(("learning rate", "it was not searched, as far as the names say; it comes before all else"))
    return FactsTable(title="For the next search", head=("what", "why"), rows=tuple(rows)) if rows else None


def _edge_in_words(edge: Edge) -> str:
    end = "lower" if edge.is_low else "upper"
    return f"the best value, {number(edge.value)}, lies at the {end} end of its range: widen it"


def _searched_in(view: StudyView, parameter: SearchedParameter) -> str:
    """When a parameter is searched: its condition, or in how many trials it was asked for."""
    if parameter.condition:
        return f"where {parameter.condition}"
    asked = sum(parameter.name in one.setting for one in view.counted)
    return "always" if asked == len(view.counted) else f"in {asked} of {count(len(view.counted), 'trial')}"


def _failed(view: StudyView) -> FactsTable | None:
    """Trials without a result, and trials that ran to a bad end, each with its reason."""
    bad = [one for one in view.trials if one.status in ("diverged", "failed", "lost")]
    stuck = [one for one in view.trials if one.verdict in ("stuck", "diverged") and one not in bad]
    rows = [(f"trial {one.number}, {_status(one)}", _why(one)) for one in [*bad, *stuck]]
    if not rows:
        return None
    return FactsTable(
        title="Trials that failed, diverged or did not learn", head=("trial", "why"), rows=tuple(rows[:MOST_FAILED]),
        num_left_out=max(0, len(rows) - MOST_FAILED), row_noun="trial",
    )  # fmt: skip


def _status(trial: StudyTrial) -> str:
    return trial.verdict if trial.status in ("complete", "pruned") else trial.status


def _why(trial: StudyTrial) -> str:
    text = (trial.message or trial.answer or "nothing is known").split("\n", 1)[0]
    return text if len(text) <= MOST_WHY else f"{text[: MOST_WHY - 1]}…"


def _capacity(view: StudyView) -> FactsTable | None:
    effects = capacity(view)
    if not effects:
        return None
    rows = tuple((
        one.name, one.raises or "not known by its name", correlation_in_words(one.size),
        correlation_in_words(one.fit), one.cost, one.why,
    ) for one in effects)  # fmt: skip
    return FactsTable(
        title="Capacity: which way each hyper-parameter moves it (rules of thumb; rank correlations in this study)",
        head=("hyper-parameter", "capacity rises", "with size", "with training loss", "cost", "because"),
        rows=rows,
    )


def correlation_in_words(value: float | None) -> str:
    """``+0.71``; a dash where nothing beyond chance was measured."""
    return "–" if value is None else f"{value:+.2f}".replace("-", "−")


def _confirmed(view: StudyView) -> FactsTable | None:
    found = [confirmation(one, maximize=view.setup.maximize) for one in view.confirmed]
    if not found:
        return None
    order = sorted(found, key=lambda one: (math.isnan(one.mean), view.sign * one.mean))
    rows = tuple(
        (
            str(one.number),
            number(one.observed),
            again_in_words(one),
            str(one.trainings),
            too_good_in_words(one.too_good),
        )
        for one in order
    )
    return FactsTable(
        title="Trained again with other seeds (mean ± standard deviation; the best mean first)",
        head=("trial", "in the search", "trained again", "trainings", "the search was too good by"),
        rows=rows,
    )


def again_in_words(one: Confirmation) -> str:
    """``0.21 ± 0.01``, or how many trainings came to nothing."""
    if one.not_finite:
        return f"{one.not_finite} of {count(one.trainings, 'training')} failed or diverged"
    return f"{number(one.mean)} ± {number(one.deviation)}" if one.trainings > 1 else number(one.mean)


def too_good_in_words(value: float) -> str:
    """As a share of the mean."""
    return "not known" if math.isnan(value) else share(value) if value > 0 else "nothing"
