"""Confidence and accuracy of inputs that are pushed beyond the data, and what a threshold or a temperature does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.data.shortcuts import filled
from unstuck.analysis.model.calibration import scaled, temperature
from unstuck.analysis.model.predictions import SMALLEST
from unstuck.analysis.model.pushes import OF_IMAGES, OF_TABLES, Push
from unstuck.core.data_types import Form
from unstuck.core.errors import UsageError
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.evaluate.edited_inputs import NO_ARRAYS, editable_images, editable_table, is_single, numbers_of, predicted
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.robustness import PushedInputs

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array, Predictions

TITLE = "inputs beyond the data"
MEASURES: tuple[type[ModelEvent], ...] = (PushedInputs,)
LEAST = 100
MOST_EXAMPLES = 256
MOST_VALUES = 20_000_000
KEPT = 0.95
"""share of the inputs as they are that the threshold keeps"""


def measure(context: Context) -> Iterator[ModelEvent]:
    """Every way to push."""
    given, examples = context.given, context.examples
    if not is_single(context):
        return
    assert examples is not None
    if given.confidence is None:
        raise TooLittle("probabilities of the classes")
    if len(given) < LEAST:
        raise TooLittle(f"{LEAST} examples (there are {len(given)})")
    if context.test is not None and context.test.form not in (Form.IMAGE, Form.TABLE):
        raise TooLittle(NO_ARRAYS)
    one = editable_images(examples, np.arange(1))
    most = MOST_EXAMPLES if one is None else min(MOST_EXAMPLES, MOST_VALUES // one.images.size)
    rows = np.random.default_rng(context.settings.seed).permutation(len(given))[:most]
    fitted = temperature(given, context.settings.seed).temperature
    pushes, move = _moves(context, rows)
    for at, push in enumerate(pushes):
        context.progress(push.way, at / len(pushes))
        try:
            found = [predicted(context, move(push, amount), rows) for amount in push.amounts]
        except UsageError as error:  # a network that gives NaN for such inputs, or refuses them
            context.notes.append(f"inputs pushed by {push.way} could not be predicted: {error}")
            continue
        yield _event(push, found, float(np.quantile(given.confidence, 1 - KEPT)), fitted)


def _moves(context: Context, rows: Array) -> tuple[tuple[Push, ...], Callable[[Push, float], Any]]:
    """The ways to push, and the inputs after one of them."""
    assert context.examples is not None
    images = editable_images(context.examples, rows)
    if images is not None:
        return OF_IMAGES, lambda push, amount: images.back(push.move(images.images, amount, _random(context)))
    table = editable_table(context.examples, rows)
    if table is None:
        raise TooLittle(NO_ARRAYS)
    columns = [at for at in range(len(table.names)) if _moves_on(table.column(at))]
    if not columns:
        raise TooLittle("columns of numbers")
    values = np.concatenate([filled(numbers_of(table.column(at))) for at in columns], axis=1)

    def moved(push: Push, amount: float) -> Any:
        made = push.move(values, amount, _random(context))
        found = table
        for number, at in enumerate(columns):
            found = type(table)(raw=found.with_column(at, made[:, number]), names=table.names)
        return found.raw

    return OF_TABLES, moved


def _random(context: Context) -> np.random.Generator:
    return np.random.default_rng(context.settings.seed)


def _moves_on(values: Array) -> bool:
    """Whether a column holds numbers that go on: no codes of two classes."""
    return values.dtype.kind in "fiu" and len(np.unique(values[:1000])) > 2


def _event(push: Push, found: list[Predictions], threshold: float, fitted: float) -> PushedInputs:
    sure = [one.confidence for one in found]
    cooled = [_cooled(one, fitted) for one in found]
    above = [np.asarray(one) >= threshold for one in sure]
    return PushedInputs(
        way=push.way, unit=push.unit, examples=len(found[0]), amounts=push.amounts,
        confidence=tuple(float(np.mean(one)) for one in sure if one is not None),
        accuracy=tuple(float(np.mean(~one.wrong)) for one in found) if push.same_class else (), threshold=threshold,
        rejected=tuple(float(np.mean(~one)) for one in above),
        accepted_accuracy=tuple(
            float(np.mean(~one.wrong[kept])) if kept.any() else float("nan")
            for one, kept in zip(found, above, strict=True)
        ) if push.same_class else (),
        temperature=fitted, cooled=tuple(cooled), usual=push.usual,
    )  # fmt: skip


def _cooled(one: Predictions, divisor: float) -> float:
    assert one.scores is not None
    return float(scaled(np.log(np.maximum(one.scores, SMALLEST)), divisor).max(axis=1).mean())
