"""What is done before there is a record: read, predict, put labels and outputs together."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.analysis.data.measure import Progress
from unstuck.analysis.model.metrics import METRICS, Scorer
from unstuck.analysis.model.outputs import Given, predictions_of
from unstuck.analysis.model.predictions import Predictions
from unstuck.baseline.metrics import default_metric
from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError
from unstuck.evaluate.asked import Asked
from unstuck.evaluate.context import Context
from unstuck.evaluate.data_set import Splits, splits_of
from unstuck.evaluate.label_names import order_of
from unstuck.evaluate.metadata import metadata
from unstuck.evaluate.model import Predictor
from unstuck.evaluate.prediction_files import read_predictions
from unstuck.evaluate.settings import EvaluateSettings
from unstuck.evaluate.sources import Reading, Source, number_names, sources_of
from unstuck.evaluate.stages import check_stages
from unstuck.record.events.data.splits import Split


def prepared(asked: Asked, progress: Progress) -> tuple[Context, Splits]:
    """Everything that is done before there is a record: what it refuses leaves nothing behind."""
    settings = asked.settings
    test, train = _read(asked, progress)
    predictor = asked.model
    output_of: tuple[int, ...] = ()
    if settings.stages:
        check_stages(predictor, settings, test)
    if predictor is not None and test is not None:
        if predictor.classes is not None:
            number_names([one.examples for one in (test, train) if one is not None], predictor.classes)
            settings = settings if settings.classes is not None else replace(settings, classes=predictor.classes)
        with predictor.evaluating():
            outputs = predictor.all_outputs(test.examples, settings.batch_size, progress)
        truth, classes, output_of, notes = _labelled(test, outputs, settings)
        positions = test.positions
    else:
        outputs, truth, classes, notes = _from_file(asked.file, test, settings)
        positions = np.arange(len(outputs)) if test is None else test.positions
    given = predictions_of(outputs, Given(
        truth=truth, classes=classes, task=settings.task, scale=settings.outputs, seed=settings.seed,
    ))  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        splits = _splits(test, train, given, output_of, asked)
    metric, positive = _metric(given, settings)
    context = Context(
        settings=settings, given=given, positions=positions, metric=metric, positive=positive, dataset=splits.dataset,
        output_of=splits.output_of, has_train=splits.has_train, predictor=predictor,
        examples=None if test is None else test.examples,
        train_examples=None if train is None else train.examples, progress=progress, notes=[*notes, *splits.notes],
        train_truth=_train_truth(train, splits, given),
    )  # fmt: skip
    if settings.meta is not None:
        context.meta = metadata(settings.meta, positions, splits.events[-1].rows)
    if asked.against is not None:
        _add_rival(context, asked, test, truth, classes)
    return context, splits


def _read(asked: Asked, progress: Progress) -> tuple[Source | None, Source | None]:
    if asked.data is None:
        if asked.model is not None:
            raise UsageError("Give the data to evaluate on: --data test.csv, a folder, or module:dataset.")
        return None, None
    module = asked.model.model if asked.model is not None and asked.model.is_module else None
    reading = Reading(
        audit=asked.reading, batch_size=asked.settings.batch_size, prepare=asked.prepare, module=module,
        progress=progress,
    )  # fmt: skip
    return sources_of(asked.data, asked.train, reading)


def _labelled(
    test: Source, outputs: Any, settings: EvaluateSettings
) -> tuple[Any, tuple[str, ...] | None, tuple[int, ...], list[str]]:
    """Labels as the model numbers them, names of its outputs, the output of each class of the data, notes."""
    examples = test.examples
    notes = list(examples.notes)
    if examples.truth is None:
        raise UsageError(f"{test.name} has no labels.")
    if examples.label_names is None:
        return examples.truth, settings.classes or examples.classes, (), notes
    width = 1 if outputs.ndim == 1 else int(outputs.shape[1])
    order = order_of(examples.label_names, width, settings.classes)
    missing = int((examples.truth < 0).sum())
    if missing:
        raise UsageError(f"{missing} examples of {test.name} have no label. Leave these rows out.")
    notes += filter(None, [order.note])
    return np.asarray(order.output_of)[examples.truth], order.classes, order.output_of, notes


def _from_file(
    path: Path, test: Source | None, settings: EvaluateSettings
) -> tuple[Any, Any, tuple[str, ...] | None, list[str]]:
    target = settings.target[0] if settings.target and test is None else None
    found = read_predictions(path, target)
    names = settings.classes or found.classes
    width = 1 if found.outputs.ndim == 1 else int(found.outputs.shape[1])
    truth, labels = found.truth, found.label_names
    if test is not None:
        truth, labels = test.examples.truth, test.examples.label_names
        if len(found.outputs) != len(test.examples):
            raise UsageError(
                f"{path} has {len(found.outputs)} predictions, and the data has {len(test.examples)} examples."
            )
    if truth is None:
        raise UsageError(f"{path} has no labels. Add a column `label`, or give the data with --data.")
    if labels is None:
        return found.outputs, truth, names, []
    order = order_of(labels, width, names)
    return found.outputs, np.asarray(order.output_of)[truth], order.classes, [order.note] if order.note else []


def _splits(
    test: Source | None, train: Source | None, given: Predictions, output_of: tuple[int, ...], asked: Asked
) -> Splits:
    if test is None:
        path = asked.file
        rows = len(np.unique(given.rows))
        return Splits(events=(Split(
            id=0, name="test", source=str(path), rows=rows, task=given.task, classes=given.classes,
        ),))  # fmt: skip
    if test.examples.label_names is not None and not output_of:
        output_of = tuple(given.classes.index(name) if name in given.classes else at
                          for at, name in enumerate(test.examples.label_names))  # fmt: skip
    return splits_of(test, train, given, output_of, asked.reading)


def _train_truth(train: Source | None, splits: Splits, given: Predictions) -> Any:
    """Labels of the training examples as the model numbers them; None where a constant cannot use them."""
    if train is None or train.examples.truth is None or given.several:
        return None
    truth = train.examples.truth
    if given.task.has_classes:
        if truth.ndim > 1:
            truth = truth.argmax(axis=1) if truth.shape[1] > 1 else truth[:, 0]
        truth = truth.astype(np.int64)
        if train.examples.label_names is not None and splits.output_of:
            truth = np.asarray(splits.output_of)[truth[truth >= 0]]
        return truth if len(truth) and truth.min() >= 0 and truth.max() < len(given.classes) else None
    truth = truth.reshape(len(truth), -1)
    return truth if truth.shape[1:] == given.truth.shape[1:] else None


def _metric(given: Predictions, settings: EvaluateSettings) -> tuple[str, int]:
    """The metric that decides, and of two classes the rarer one."""
    positive, shares = 1, []
    if given.task.has_classes:
        counts = np.bincount(given.truth, minlength=len(given.classes))
        shares = [float(one) for one in counts[counts > 0] / counts.sum()]
        if given.task is Task.BINARY:
            positive = int(np.argmin(counts)) if counts.min() != counts.max() else 1
    known = Scorer(given, positive).metrics
    if settings.metric is not None:
        if settings.metric not in known:
            raise UsageError(
                f"The metric {settings.metric} does not fit the task {given.task}. Metrics for it: {', '.join(known)}."
            )
        return settings.metric, positive
    name = default_metric(given.task, shares)
    return (name if name in known and name in METRICS else next(iter(known))), positive


def _add_rival(context: Context, asked: Asked, test: Source | None, truth: Any, classes: Any) -> None:
    """Predictions of the second model."""
    settings = asked.settings
    rival = asked.against
    if isinstance(rival, Predictor):
        if test is None:
            raise UsageError("A second model needs the data that it is to predict: --data.")
        with rival.evaluating():
            outputs = rival.all_outputs(test.examples, settings.batch_size, context.progress)
        context.rival_name = rival.name
    else:
        assert rival is not None
        outputs, context.rival_name = read_predictions(rival, None).outputs, rival.name
    context.rival = predictions_of(outputs, Given(
        truth=truth, classes=classes, task=settings.task or context.given.task, scale=settings.outputs,
        seed=settings.seed,
    ))  # fmt: skip
    if context.rival.truth.shape != context.given.truth.shape:
        raise UsageError(
            f"{context.rival_name} predicts {context.rival.truth.shape}, the model {context.given.truth.shape}."
        )
