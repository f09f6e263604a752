"""What a baseline record says: scores of simple models, what is possible, slices, scalers, as tables of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.data.view import datasets
from unstuck.core.words import number, share
from unstuck.record.events.data.baselines import (
    BaselineScore,
    BayesBracket,
    NumberToBeat,
    ScalerScore,
    Score,
    WeakSlice,
)
from unstuck.show.facts_table import FactsTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unstuck.analysis.data.view import DatasetView
    from unstuck.record.reader import Record

TITLES = {
    "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "f1": "macro F1",
    "average_precision": "average precision", "r2": "R²", "rmse": "RMSE", "mae": "MAE",
}  # fmt: skip
UNBOUNDED = ("rmse", "mae")
"""metrics in the unit of the target"""


def number_of(record: Record) -> NumberToBeat | None:
    """The number to beat of a baseline record; None for any other record."""
    return next((event for view in datasets(record) for event in view.of(NumberToBeat)), None)


def baseline_tables(record: Record) -> tuple[FactsTable, ...]:
    """All tables of a baseline record; none for any other record."""
    if number_of(record) is None:
        return ()
    views = datasets(record)
    found = [
        *(_scores(view) for view in views),
        _possible(views),
        *(_slices(view) for view in views),
        *(_scalers(view) for view in views),
    ]
    return tuple(table for table in found if table is not None)


def _scores(view: DatasetView) -> FactsTable | None:
    events = view.of(BaselineScore)
    scored = [event for event in events if not event.skipped]
    if not scored:
        return None
    names = [score.metric for score in scored[0].scores]
    rows = [(event.title, *_cells(event.scores), _input(event)) for event in scored]
    rows += [(event.title, *("" for _ in names), f"skipped: {event.skipped}") for event in events if event.skipped]
    return FactsTable(
        title=f"Simple models on {view.split.name} ({scored[0].protocol}; 95 % interval in brackets)",
        head=("model", *(TITLES.get(name, name) for name in names), "input"), rows=tuple(rows),
    )  # fmt: skip


def _cells(scores: Sequence[Score]) -> Iterator[str]:
    """Every score, the first with its interval; the others' are in the JSON."""
    for at, score in enumerate(scores):
        value = _value(score, score.value)
        known = at == 0 and score.low is not None and score.high is not None
        yield f"{value} [{_value(score, score.low)}, {_value(score, score.high)}]" if known else value


def _value(score: Score, value: float | None) -> str:
    if value is None:
        return ""
    return number(value) if score.metric in UNBOUNDED else f"{value:.3f}".replace("-", "−")


def _input(event: BaselineScore) -> str:
    return f"{event.features}, {number(event.trained_on)} rows"


def _possible(views: Sequence[DatasetView]) -> FactsTable | None:
    rows = tuple(row for view in views for row in _possible_rows(view))
    return FactsTable(title="What is possible", head=("quantity", "value"), rows=rows) if rows else None


def _possible_rows(view: DatasetView) -> Iterator[tuple[str, str]]:
    for event in view.of(NumberToBeat):
        yield from (("note", warning) for warning in event.warnings)
        if event.human_error is not None:
            yield "human error", f"{share(event.human_error)} ({event.human_source})"
    for bracket in view.of(BayesBracket):
        yield "lowest possible error", bracket_in_words(bracket)


def bracket_in_words(bracket: BayesBracket) -> str:
    """The bracket with what to beware of."""
    beware = f"; {bracket.note}" if bracket.note else ""
    return (
        f"between {share(bracket.lower)} and {share(bracket.upper)}, estimated from nearest neighbours of "
        f"{number(bracket.rows)} rows ({bracket.features}){beware}"
    )


def _slices(view: DatasetView) -> FactsTable | None:
    rows = tuple(
        (" and ".join(event.predicates), event.model, number(event.count), number(event.loss), number(event.other_loss),
         number(event.p_value))
        for event in view.of(WeakSlice)
    )  # fmt: skip
    if not rows:
        return None
    name = view.of(WeakSlice)[0].loss_name
    return FactsTable(
        title=f"Where a simple model fails on {view.split.name} (each slice without the rows of those above it)",
        head=("slice", "model", "rows", f"{name} in it", "elsewhere", "p"), rows=rows,
    )  # fmt: skip


def _scalers(view: DatasetView) -> FactsTable | None:
    events = view.of(ScalerScore)
    if not events:
        return None
    models = sorted({event.model for event in events})
    scalers = list(dict.fromkeys(event.scaler for event in events))
    found = {(event.scaler, event.model): event for event in events}
    rows = tuple((scaler, *(_cell(found.get((scaler, model))) for model in models)) for scaler in scalers)
    title = f"Scalers and models on {view.split.name}: {TITLES.get(events[0].metric, events[0].metric)}"
    ended = "; the time did not suffice for empty cells" if len(found) < len(models) * len(scalers) else ""
    title = f"{title} ({events[0].protocol}; ± half of the 95 % interval{ended})"
    return FactsTable(title=title, head=("scaler", *models), rows=rows)


def _cell(event: ScalerScore | None) -> str:
    if event is None:
        return ""
    half = "" if event.low is None or event.high is None else f" ±{number(round((event.high - event.low) / 2, 3))}"
    return f"{event.value:.3f}{half}"
