"""What was measured of a trained model, as tables of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.model.metrics import METRICS
from unstuck.analysis.model.view import model_views
from unstuck.core.words import number, share
from unstuck.record.events.model.errors import Confusion, ModelSlice, Repetition, WorstExamples
from unstuck.record.events.model.numbers import Abstaining, ClassScore, Compared, MetricScore
from unstuck.show.facts_table import FactsTable
from unstuck.show.model_dependence_tables import dependence_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.model.view import ModelView
    from unstuck.record.reader import Record

MOST_CLASSES = 40
MOST_PAIRS = 10
MOST_WORST = 20
FEW_CLASSES = 12
"""that the terminal lists"""


def model_tables(record: Record, *, brief: bool = False) -> tuple[FactsTable, ...]:
    """All tables of a model record; none for a record of another kind.

    Args:
        record: of an evaluation.
        brief: only what a terminal shows.
    """
    found: list[FactsTable | None] = []
    for view in model_views(record):
        found += [_scores(view), _compared(view)]
        if not brief or len(view.of(ClassScore)) <= FEW_CLASSES:
            found.append(_classes(view))
        if not brief:
            found += [_slices(view), _confused(view), _abstaining(view), _worst(view), _repeated(view)]
            found += dependence_tables(view)
    return tuple(table for table in found if table is not None)


def _scores(view: ModelView) -> FactsTable | None:
    rows = tuple(
        (METRICS[one.metric].title, _number(one.value), _interval(one.low, one.high),
         "" if one.constant is None else _number(one.constant), METRICS[one.metric].meaning)
        for one in view.of(MetricScore)
    )  # fmt: skip
    if not rows:
        return None
    return FactsTable(
        title=f"How well {view.about.model} does on {_data(view)}",
        head=("metric", "value", "95 % interval", "best constant", "meaning"), rows=rows,
    )  # fmt: skip


def _data(view: ModelView) -> str:
    return view.data.split.name if view.data is not None else "the data"


def _number(value: float) -> str:
    return f"{value:.4f}".replace("-", "−") if 0.001 <= abs(value) < 10 else number(value)


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{_number(low)}, {_number(high)}]"


def _compared(view: ModelView) -> FactsTable | None:
    events = view.of(Compared)
    done = [one for one in events if not one.skipped]
    if not events:
        return None
    rows: list[tuple[str, ...]] = [
        (one.against, _number(one.other), _number(one.difference), _interval(one.low, one.high),
         number(one.only_model) if one.p_mcnemar is not None else "",
         number(one.only_other) if one.p_mcnemar is not None else "",
         number(one.p_mcnemar) if one.p_mcnemar is not None else "")
        for one in done
    ]  # fmt: skip
    rows += [(one.against, *[""] * 5, f"skipped: {one.skipped}") for one in events if one.skipped]
    title = METRICS[done[0].metric].title if done else view.about.metric
    return FactsTable(
        title=f"Others on the same examples, by {title} (paired bootstrap; who alone is right, McNemar)",
        head=("compared with", title, "difference", "95 % interval", "only network", "only other", "p"),
        rows=tuple(rows),
    )  # fmt: skip


def _classes(view: ModelView) -> FactsTable | None:
    events = sorted(view.of(ClassScore), key=lambda one: one.f1 or 0.0)
    rows = tuple(
        (one.label, number(one.count), _share(one.recall, one.recall_low, one.recall_high),
         _share(one.precision, one.precision_low, one.precision_high), "" if one.f1 is None else f"{one.f1:.3f}",
         "" if one.auroc is None else f"{one.auroc:.3f}",
         "" if one.calibration_error is None else f"{one.calibration_error:.3f}")
        for one in events
    )  # fmt: skip
    if not rows:
        return None
    return FactsTable(
        title="Classes, the worst first (95 % interval in brackets)",
        head=("class", "examples", "recall", "precision", "F1", "AUROC", "calibration error"),
        rows=rows[:MOST_CLASSES], num_left_out=max(0, len(rows) - MOST_CLASSES),
    )  # fmt: skip


def _share(value: float | None, low: float | None, high: float | None) -> str:
    return "" if value is None else f"{value:.3f} [{low or 0.0:.2f}, {high or 0.0:.2f}]"


def _slices(view: ModelView) -> FactsTable | None:
    rows = tuple(
        (" and ".join(one.predicates), number(one.count), number(one.loss), number(one.other_loss),
         "" if one.reference_loss is None else number(one.reference_loss), number(one.p_value))
        for one in view.of(ModelSlice)
    )  # fmt: skip
    if not rows:
        return None
    name = view.of(ModelSlice)[0].loss_name
    return FactsTable(
        title="Weak slices (each without the rows of those above it)",
        head=("slice", "rows", f"{name} in it", "elsewhere", "boosted trees in it", "p"), rows=rows,
    )  # fmt: skip


def _confused(view: ModelView) -> FactsTable | None:
    event = view.one(Confusion)
    if event is None:
        return None
    names = view.about.classes
    cells = [(count, a, b) for a, row in enumerate(event.counts) for b, count in enumerate(row) if a != b and count]
    rows = tuple(
        (names[a], names[b], number(count), share(count / max(1, sum(event.counts[a]))))
        for count, a, b in sorted(cells, reverse=True)[:MOST_PAIRS]
    )
    if not rows:
        return None
    return FactsTable(
        title="Most frequent confusions", head=("class", "predicted as", "labels", "share of the class"), rows=rows
    )


def _abstaining(view: ModelView) -> FactsTable | None:
    event = view.one(Abstaining)
    if event is None:
        return None
    rows = tuple(
        (share(covered), _share(accuracy, low, high), number(threshold))
        for covered, accuracy, low, high, threshold in zip(
            event.coverage, event.accuracy, event.low, event.high, event.threshold, strict=True
        )
    )
    return FactsTable(
        title="Coverage against accuracy: only the most confident are predicted",
        head=("predicted", "accuracy of these", "least confidence"), rows=rows,
    )  # fmt: skip


def _worst(view: ModelView) -> FactsTable | None:
    event = view.one(WorstExamples)
    if event is None or not event.rows:
        return None
    return FactsTable(
        title="Most wrong examples",
        head=("row", "label", "predicted", "confidence", "loss", "simple models"),
        rows=tuple(_worst_rows(event)), num_left_out=max(0, len(event.rows) - MOST_WORST),
    )  # fmt: skip


def _worst_rows(event: WorstExamples) -> Iterator[tuple[str, ...]]:
    for at, row in enumerate(event.rows[:MOST_WORST]):
        doubted = "agree with the network" if event.doubted and event.doubted[at] else ""
        confidence = number(round(event.confidence[at], 3)) if event.confidence else ""
        yield str(row), event.truth[at], event.predicted[at], confidence, number(event.loss[at]), doubted


def _repeated(view: ModelView) -> FactsTable | None:
    rows = tuple(
        (one.how, number(one.examples), number(one.difference), number(one.changed)) for one in view.of(Repetition)
    )
    if not rows:
        return None
    return FactsTable(
        title="Predicted once more (differences in standard deviations of the outputs)",
        head=("how", "examples", "largest difference", "other prediction"), rows=rows,
    )  # fmt: skip
