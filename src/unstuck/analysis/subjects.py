"""The subjects of a record, each as the view that rules judge."""

from __future__ import annotations

from unstuck.analysis.data.view import datasets
from unstuck.analysis.run.view import training_views
from unstuck.analysis.study.view import study_view
from unstuck.analysis.view import View
from unstuck.core.experiment import Results
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record


def views(record: Record, experiments: Results | None = None) -> tuple[View, ...]:
    """Every subject that the record holds, in order."""
    if record.manifest.kind is RecordKind.RUN:
        return (*training_views(record, experiments), *datasets(record))
    if record.manifest.kind is RecordKind.DATA:
        return datasets(record)
    study = study_view(record)
    return () if study is None else (study,)
