"""The subjects of a record, each as the view that rules judge."""

from __future__ import annotations

from collections.abc import Sequence

from unstuck.analysis.data.view import DatasetView, datasets
from unstuck.analysis.model.view import model_views
from unstuck.analysis.probe.view import probe_views
from unstuck.analysis.run.objective import is_objective
from unstuck.analysis.run.view import TrainingView, training_views
from unstuck.analysis.study.view import study_view
from unstuck.analysis.view import View
from unstuck.core.experiment import Results
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record


def views(record: Record, experiments: Results | None = None) -> tuple[View, ...]:
    """Every subject that the record holds, in order."""
    if record.manifest.kind is RecordKind.RUN:
        trained = training_views(record, experiments)
        return (*trained, *(view for view in datasets(record) if _is_data(view, trained)))
    if record.manifest.kind is RecordKind.DATA:
        return datasets(record)
    if record.manifest.kind is RecordKind.PROBE:
        first_steps = training_views(record)
        return (*probe_views(record), *first_steps, *(view for view in datasets(record) if _is_data(view, first_steps)))
    if record.manifest.kind is RecordKind.MODEL:
        return (*model_views(record), *datasets(record))
    study = study_view(record)
    return () if study is None else (study,)


def _is_data(view: DatasetView, trained: Sequence[TrainingView]) -> bool:
    """Whether a split of a run is data: what an agent or a rival network makes while it is trained is none."""
    mine = (one.training for one in trained if one.training.number == view.split.training)
    return view.split.of_loader or all(is_objective(training) for training in mine)
