"""The producer of baseline records: read the splits, evaluate simple models, write what they reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from unstuck.analysis.data.measure import Progress, silent
from unstuck.analysis.data.sample import DataSet
from unstuck.audit.annotations import human_labels, read_annotations
from unstuck.audit.produce import recorded
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.loaded import Loaded
from unstuck.baseline.bayes import bayes_bracket, checked
from unstuck.baseline.evaluate import evaluate
from unstuck.baseline.folds import folds_of
from unstuck.baseline.leaked import leaks_in_words
from unstuck.baseline.metrics import METRICS, default_metric, metrics_for
from unstuck.baseline.number import number_to_beat
from unstuck.baseline.problem import problem_of
from unstuck.baseline.scalers import scaler_scores
from unstuck.baseline.settings import BaselineSettings
from unstuck.baseline.weak_slices import weak_slices
from unstuck.core.errors import UsageError
from unstuck.core.words import count, share
from unstuck.record.baselines import MANIFEST_KEY
from unstuck.record.events.base import Event
from unstuck.record.events.data.baselines import NumberToBeat
from unstuck.record.writer import PartWriter


def produce(
    splits: Mapping[str, object],
    reading: AuditSettings,
    settings: BaselineSettings,
    base: Path,
    *,
    argv: Sequence[str] = (),
    progress: Progress = silent,
) -> Path:
    """Evaluate simple models on a data set; the directory of its record.

    Args:
        splits: name of each split and what it is read from; the training split is the first.
        reading: how the data is read.
        settings: what was asked for.
        base: folder of records.
        argv: the command, for the manifest.
        progress: called with what is being done.

    Raises:
        UsageError: a split cannot be read, or nothing can be predicted from it; nothing is left behind.
    """
    found: dict[str, object] = {}

    def write(writer: PartWriter, loaded: Sequence[Loaded]) -> None:
        for one in loaded:
            writer.write(one.split, essential=True)
        for event in events:
            writer.write(event, essential=True)

    def prepare(loaded: Sequence[Loaded]) -> None:
        dataset = DataSet(samples=tuple(one.sample for one in loaded))
        for event in measured(dataset, settings, progress):
            events.append(event)
            if isinstance(event, NumberToBeat):
                sources = [one.split.source for one in loaded]
                found[MANIFEST_KEY] = {"sentence": event.sentence, "sources": sources, "metric": event.metric,
                                       "value": event.value, "model": event.model}  # fmt: skip

    events: list[Event] = []
    return recorded(splits, reading, base, write, prepare=prepare, about=found, argv=argv, progress=progress)


def measured(dataset: DataSet, settings: BaselineSettings, progress: Progress = silent) -> Iterator[Event]:
    """All events of a baseline.

    Raises:
        UsageError: nothing can be predicted, or the metric does not fit the task.
    """
    progress("features", 0.0)
    problem = problem_of(dataset, settings.rows, settings.seed)
    name = settings.metric or default_metric(problem.task, problem.shares)
    if name not in METRICS or problem.task not in METRICS[name].tasks:
        fitting = ", ".join(metric.name for metric in METRICS.values() if problem.task in metric.tasks)
        raise UsageError(f"The metric {name} does not fit the task {problem.task}. Metrics for it: {fitting}.")
    human = _human(dataset, settings)
    metrics = metrics_for(problem.task, name, problem.rarer)
    folds = folds_of(problem.train, problem.task, settings.folds, settings.seed)
    if not folds.pairs:
        raise UsageError("The rows cannot be divided for cross-validation: each group or time stands alone.")
    evaluated = []
    for one in evaluate(
        problem, folds, metrics, seconds=settings.seconds, seed=settings.seed, progress=progress
    ):
        evaluated.append(one)
        yield from one.scores
    bracket = bayes_bracket(problem, settings.seed)
    if bracket is not None:
        yield checked(bracket, evaluated)
    if settings.slices:
        progress("slices", 0.95)
        yield from weak_slices(dataset.train, problem, evaluated, settings.seed)
    if settings.scalers:
        yield from scaler_scores(problem, seconds=settings.seconds, seed=settings.seed, progress=progress)
    yield number_to_beat(problem, evaluated, metrics[0], human, tuple(leaks_in_words(dataset)))


def _human(dataset: DataSet, settings: BaselineSettings) -> tuple[float, str] | None:
    if settings.human_error is not None:
        if not 0 <= settings.human_error <= 1:
            raise UsageError(f"The human error is a share between 0 and 1. Got {settings.human_error:g}.")
        return settings.human_error, "as given"
    if settings.annotations is None:
        return None
    found = human_labels(dataset.train, read_annotations(settings.annotations))
    interval = f"95 % interval {share(found.low)} to {share(found.high)}"
    return found.error, f"{count(found.count, 'example')} labelled in {settings.annotations.name}, {interval}"
