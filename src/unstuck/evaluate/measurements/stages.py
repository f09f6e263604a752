"""Stages of a composed model: the error of each, and what the model would gain if it were right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.model.intervals import paired
from unstuck.analysis.model.metrics import METRICS, Scorer
from unstuck.analysis.model.outputs import Given, predictions_of, scale_of
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.evaluate.edited_inputs import NO_MODEL
from unstuck.evaluate.model import is_module
from unstuck.evaluate.stages import Stage, read_truths, run, stages_of
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.robustness import StageError

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array, Predictions

TITLE = "stages"
MEASURES: tuple[type[ModelEvent], ...] = (StageError,)


def measure(context: Context) -> Iterator[ModelEvent]:
    """In the order in which they are run; nothing where no stages were named."""
    names = context.settings.stages
    if not names:
        return
    if context.predictor is None or context.examples is None or not is_module(context.predictor.model):
        raise TooLittle(NO_MODEL)
    stages = stages_of(
        context.predictor.model, names, read_truths(context.settings.stage_truth), len(context.examples)
    )
    run(context, stages, (), watched=True)
    stages.sort(key=lambda one: one.position)
    missing = next((one.name for one in stages if one.position < 0), None)
    if missing is not None:
        raise TooLittle(f"stages that are run (the forward call of `{missing}` is never made)")
    sign = 1.0 if METRICS[context.metric].higher_is_better else -1.0
    before = context.scorer.metrics[context.metric]
    whole = np.ones(len(context.given))
    for at, stage in enumerate(stages):
        error, name = _error(stage)
        found: dict[str, Any] = {}
        if stage.truth is not None:
            made = _predicted(context, run(context, stages, [stage]))
            after = Scorer(made, context.positive).metrics[context.metric]
            gain = paired(lambda w, m=after: sign * m(w), lambda w: sign * before(w), made.rows, context.settings.seed)  # type: ignore[misc]
            upto = [one for one in stages[: at + 1] if one.truth is not None]
            together = Scorer(_predicted(context, run(context, stages, upto)), context.positive)
            found = {
                "error_alone": _alone(context, stages, at),
                "score": after(whole), "score_up_to": together.metrics[context.metric](whole), "low": gain.low,
                "high": gain.high,
            }  # fmt: skip
        yield StageError(
            stage=stage.name, position=at, known=stage.truth is not None, error=error, error_name=name,
            score_before=before(whole), parameters=sum(one.numel() for one in stage.module.parameters()),
            seconds=stage.seconds, **found,
        )  # fmt: skip


def _predicted(context: Context, outputs: Array) -> Predictions:
    given = context.given
    if given.several:
        raise TooLittle("one label for each example")
    return predictions_of(outputs, Given(
        truth=given.truth, classes=given.classes, task=given.task, scale=scale_of(given.outputs),
    ))  # fmt: skip


def _alone(context: Context, stages: list[Stage], at: int) -> float | None:
    """The error of a stage that gets what those before it should have given."""
    before = [one for one in stages[:at] if one.truth is not None]
    if not before:
        return None
    stages[at].outputs.clear()
    spent = stages[at].seconds
    run(context, [stages[at]], before, watched=True)
    stages[at].seconds = spent
    return _error(stages[at])[0]


def _error(stage: Stage) -> tuple[float | None, str]:
    """Of the stage's own output, and what it is."""
    if stage.truth is None or not stage.outputs:
        return None, ""
    made, truth = np.concatenate(stage.outputs), stage.truth
    if truth.dtype.kind in "iu" and truth.ndim == made.ndim - 1:
        return float(np.mean(made.argmax(axis=-1) != truth)), "share of wrong classes"
    if truth.shape != made.shape:
        return None, ""
    spread = np.maximum(truth.std(axis=0), 1e-12)
    return float((np.abs(made - truth) / spread).mean()), "mean error in standard deviations"
