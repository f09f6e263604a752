"""What predictions of a model depend on, as tables of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.model.metrics import METRICS
from unstuck.core.words import number, share
from unstuck.record.events.model.robustness import (
    AdversarialAccuracy,
    FollowedAttribute,
    OutsideRange,
    PushedInputs,
    StageError,
)
from unstuck.show.facts_table import FactsTable

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView


def dependence_tables(view: ModelView) -> list[FactsTable | None]:
    """All of them; None where something was not measured."""
    return [_followed(view), _outside(view), _pushed(view), _adversarial(view), _stages(view)]


def _followed(view: ModelView) -> FactsTable | None:
    events = sorted(view.of(FollowedAttribute), key=lambda one: one.control - one.followed)
    if not events:
        return None
    rows = tuple(
        (one.attribute, share(one.followed), share(one.control), share(one.accuracy), share(one.accuracy_edited),
         f"{number(round(one.excess, 3))} ({number(round(one.excess_chance, 3))})", _share(one.tells_train),
         _share(one.tells_here))
        for one in events
    )  # fmt: skip
    return FactsTable(
        title=f"Attributes that predictions follow ({number(events[0].examples)} examples with that of another one)",
        head=("attribute", "predicted as the other", "by the edit alone", "accuracy", "with the edit",
              "predicted − true shares by it (chance)", "tells the class in training", "here"),
        rows=rows,
    )  # fmt: skip


def _outside(view: ModelView) -> FactsTable | None:
    rows = tuple(
        (one.along, f"{number(one.low)} to {number(one.high)}", number(one.outside), _share(one.accuracy_outside),
         _share(one.confidence_outside), _share(one.accuracy_inside), _share(one.confidence_inside))
        for one in view.of(OutsideRange)
    )  # fmt: skip
    if not rows:
        return None
    return FactsTable(
        title="Examples outside the range that holds 99 % of the training data",
        head=("in", "range", "outside", "accuracy", "confidence", "accuracy inside", "confidence inside"), rows=rows,
    )  # fmt: skip


def _pushed(view: ModelView) -> FactsTable | None:
    rows = tuple(
        (one.way, f"{number(amount)} {one.unit}", share(one.confidence[at]),
         share(one.accuracy[at]) if one.accuracy else "", share(one.rejected[at]), share(one.cooled[at]))
        for one in view.of(PushedInputs) for at, amount in enumerate(one.amounts) if amount
    )  # fmt: skip
    if not rows:
        return None
    first = view.of(PushedInputs)[0]
    accuracy = f", accuracy {share(first.accuracy[0])}" if first.accuracy else ""
    return FactsTable(
        title=f"Inputs pushed beyond the data (as they are: confidence {share(first.confidence[0])}{accuracy})",
        head=("way", "by", "confidence", "accuracy", f"below the threshold {number(first.threshold)}",
              f"confidence with the temperature {number(first.temperature or 1.0)}"),
        rows=rows,
    )  # fmt: skip


def _adversarial(view: ModelView) -> FactsTable | None:
    rows = tuple(
        (one.attack, f"{number(size)} {one.unit}", share(one.accuracy[at]), share(one.random_accuracy[at]))
        for one in view.of(AdversarialAccuracy) for at, size in enumerate(one.sizes)
    )  # fmt: skip
    if not rows:
        return None
    return FactsTable(
        title=f"Small steps against the network ({number(view.of(AdversarialAccuracy)[0].examples)} examples)",
        head=("attack", "largest change", "accuracy", "after random steps"), rows=rows,
    )  # fmt: skip


def _stages(view: ModelView) -> FactsTable | None:
    events = view.of(StageError)
    rows = tuple(
        (one.stage, "" if one.error is None else f"{number(one.error)} ({one.error_name})",
         _number(one.error_alone), _number(one.score),
         "" if one.low is None or one.high is None else f"[{_number(one.low)}, {_number(one.high)}]",
         _number(one.score_up_to), number(one.parameters), f"{number(round(one.seconds, 3))} s")
        for one in events
    )  # fmt: skip
    if not rows:
        return None
    title = METRICS[view.about.metric].title
    return FactsTable(
        title=f"Stages ({title} as it is: {_number(events[0].score_before)})",
        head=("stage", "own error", "with right inputs", f"{title} with its right output", "95 % interval of the gain",
              "with all up to it right", "parameters", "time"),
        rows=rows,
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else number(round(value, 4))


def _share(value: float | None) -> str:
    return "" if value is None else share(value)
