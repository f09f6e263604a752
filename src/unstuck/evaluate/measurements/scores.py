"""How well the model does: every metric with its interval and the best constant, every class, abstaining."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.model.calibration import calibration_error
from unstuck.analysis.model.confusion import table
from unstuck.analysis.model.intervals import bootstrap, wilson
from unstuck.analysis.model.metrics import Ranking
from unstuck.analysis.model.useless import best_constants
from unstuck.core.data_types import Task
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.errors import Confusion
from unstuck.record.events.model.numbers import Abstaining, ClassScore, MetricScore

TITLE = "scores"
MEASURES: tuple[type[ModelEvent], ...] = (MetricScore,)
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
LEAST_COVERED = 10
LEAST_EXAMPLES = 20
"""fewer are not resampled: most resamples lack a class"""
MOST_CLASSES = 200
"""of which each has scores of its own"""


def measure(context: Context) -> Iterator[ModelEvent]:
    """Metrics first."""
    given, scorer = context.given, context.scorer
    whole = np.ones(len(given))
    useless = best_constants(given, context.positive, context.train_truth)
    enough = len(np.unique(given.rows)) >= LEAST_EXAMPLES
    intervals = bootstrap(scorer.metrics, given.rows, context.settings.seed) if enough else {}
    exact = None
    if "accuracy" in scorer.metrics and not given.several:
        exact = wilson(float((~given.wrong).sum()), len(given))
    for name, metric in sorted(scorer.metrics.items(), key=lambda one: one[0] != context.metric):
        value = metric(whole)
        if np.isnan(value) or (name == "recall" and context.metric != name):  # balanced accuracy is the same
            continue
        constant, constant_name = useless.get(name, (None, ""))
        constant = None if constant is None or np.isnan(constant) else constant
        low, high = intervals.get(name, (None, None))
        how = "bootstrap" if low is not None else ""
        if name == "accuracy" and exact is not None:
            (low, high), how = exact, "Wilson"
        elif name == "calibration_error":  # a resample is less calibrated than what it is drawn from
            low = high = constant = None
            how = ""
        elif low is not None and low == high == value and exact is not None:
            low = min(low, exact[0])  # nothing is wrong, so no resample is: the interval is not empty for that
        yield MetricScore(
            metric=name, value=value, low=low, high=high, how=how, constant=constant, constant_name=constant_name,
        )  # fmt: skip
    if given.task.has_classes:
        yield Confusion(counts=tuple(tuple(map(int, row)) for row in table(given)))
    if given.task is not Task.REGRESSION:
        yield from _classes(context)
    if given.confidence is not None and not given.several:
        yield _abstaining(context)


def _classes(context: Context) -> Iterator[ClassScore]:
    given, scores = context.given, context.given.scores
    for code, label in enumerate(given.classes[:MOST_CLASSES]):
        if given.task is Task.MULTI_LABEL:
            truth, labels = given.truth[:, code] == 1, given.labels[:, code] == 1
        else:
            truth, labels = given.truth == code, given.labels == code
        hits, count, predicted = int((truth & labels).sum()), int(truth.sum()), int(labels.sum())
        if not count and not predicted:
            continue
        recall, precision = wilson(hits, count), wilson(hits, predicted)
        auroc = error = None
        if scores is not None and 0 < count < len(truth):
            auroc = Ranking(scores[:, code], truth).auroc(np.ones(len(truth)))
            error = calibration_error(scores[:, code], truth)
        yield ClassScore(
            label=label, count=count, predicted=predicted,
            precision=hits / predicted if predicted else None, precision_low=precision[0] if predicted else None,
            precision_high=precision[1] if predicted else None, recall=hits / count if count else None,
            recall_low=recall[0] if count else None, recall_high=recall[1] if count else None,
            f1=2 * hits / (count + predicted), auroc=auroc, calibration_error=error,
        )  # fmt: skip


def _abstaining(context: Context) -> Abstaining:
    """Accuracy of the most confident examples, for several shares of them."""
    confidence = context.given.confidence
    assert confidence is not None
    order = np.argsort(-confidence, kind="stable")
    right = ~context.given.wrong[order]
    kept = [max(1, round(share * len(order))) for share in COVERAGES]
    kept = sorted({number for number in kept if number >= min(LEAST_COVERED, len(order))}, reverse=True)
    ends = [wilson(int(right[:number].sum()), number) for number in kept]
    return Abstaining(
        coverage=tuple(number / len(order) for number in kept),
        accuracy=tuple(float(right[:number].mean()) for number in kept), low=tuple(low for low, _ in ends),
        high=tuple(high for _, high in ends),
        threshold=tuple(float(confidence[order[number - 1]]) for number in kept),
    )  # fmt: skip
