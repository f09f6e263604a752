"""What simple models reach on a data set, as the published contract has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.record.events.data.baselines import BaselineScore, BayesBracket, NumberToBeat, ScalerScore, WeakSlice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.data.view import DatasetView

Json = dict[str, Any]


BASELINE_EVENTS = (BaselineScore, BayesBracket, NumberToBeat, ScalerScore, WeakSlice)


def baseline_as_json(views: Sequence[DatasetView]) -> Json | None:
    """The baseline of a data record; None where no baseline was asked for."""
    found = next(((view, event) for view in views for event in view.of(NumberToBeat)), None)
    if found is None:
        return None
    view, number = found
    bracket = next((event for one in views for event in one.of(BayesBracket)), None)
    return {
        "number_to_beat": {
            "metric": number.metric, "value": number.value, "low": number.low, "high": number.high,
            "higher_is_better": number.higher_is_better, "model": number.model, "constant": number.constant,
            "protocol": number.protocol, "sentence": number.sentence, "warnings": list(number.warnings),
            "human_error": number.human_error, "split": view.split.name,
        },
        "models": [_model(one, event) for one in views for event in one.of(BaselineScore)],
        "bayes_error": None if bracket is None else {
            "lower": bracket.lower, "upper": bracket.upper, "rows": bracket.rows, "half_error": bracket.half_error,
            "note": bracket.note,
        },
        "slices": [
            {
                "model": event.model, "predicates": list(event.predicates), "count": event.count, "loss": event.loss,
                "other_loss": event.other_loss, "loss_name": event.loss_name, "p_value": event.p_value,
                "rows": list(event.rows),
            }
            for one in views for event in one.of(WeakSlice)
        ],
        "scalers": [
            {
                "scaler": event.scaler, "model": event.model, "metric": event.metric, "value": event.value,
                "low": event.low, "high": event.high,
            }
            for one in views for event in one.of(ScalerScore)
        ],
    }  # fmt: skip


def _model(view: DatasetView, event: BaselineScore) -> Json:
    return {
        "split": view.split.name, "model": event.model, "title": event.title, "input": event.features,
        "protocol": event.protocol, "trained_on": event.trained_on, "evaluated_on": event.evaluated_on,
        "seconds": event.seconds, "skipped": event.skipped or None,
        "scores": [
            {"metric": score.metric, "value": score.value, "low": score.low, "high": score.high}
            for score in event.scores
        ],
    }  # fmt: skip
