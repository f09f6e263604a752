"""The producer of model records: measure what was predicted, write the events."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unstuck.analysis.data.measure import Progress, silent
from unstuck.audit.shown import shown
from unstuck.audit.sources.optional import check_installed
from unstuck.evaluate.asked import Asked
from unstuck.evaluate.context import Context
from unstuck.evaluate.data_set import Splits
from unstuck.evaluate.measure import measure_all
from unstuck.evaluate.prepared import prepared
from unstuck.record import schema
from unstuck.record.events.base import Event
from unstuck.record.events.data.shown import Why
from unstuck.record.events.model.base import Evaluated
from unstuck.record.manifest import RecordKind
from unstuck.record.writer import PartWriter
from unstuck.watch.directory import Manifest, make_directory, origin

SHOWN_OF_EACH = 6
"""examples of an event that are shown"""
MOST_SHOWN = 60
MOST_PREFERRED_SHOWN = 40
"""more, where what each class responds to was asked for"""


def produce(asked: Asked, base: Path, *, argv: Sequence[str] = (), progress: Progress = silent) -> Path:
    """Evaluate a model; the directory of its record.

    Args:
        asked: model, data and settings.
        base: folder of records.
        argv: the command, for the manifest.
        progress: called with what is being done.

    Raises:
        UsageError: something cannot be read or predicted; nothing is left behind.
    """
    check_installed()
    began = time.perf_counter()
    context, splits = prepared(asked, progress)
    name = context.predictor.name if context.predictor is not None else asked.file.stem
    directory = make_directory(base, name)
    manifest = Manifest(
        directory, {"argv": list(argv), "python": sys.executable, "kind": RecordKind.MODEL, **origin()}
    )
    writer = PartWriter(directory / schema.PARTS / "0", {"pid": os.getpid(), "rank": 0})
    try:
        for split in splits.events:
            writer.write(split, essential=True)
        events = list(measure_all(context))
        writer.write(_about(context, splits, name), essential=True)
        for event in events:
            writer.write(event, essential=True)
        for one in _shown(context, events):
            writer.write(one)
    except BaseException as error:
        manifest.add(ended="interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
        raise
    finally:
        writer.close()
    manifest.add(ended="finished", duration=round(time.perf_counter() - began, 3))
    return directory


def _about(context: Context, splits: Splits, name: str) -> Evaluated:
    given, predictor = context.given, context.predictor
    return Evaluated(
        model=name, split=splits.events[-1].id, task=given.task, classes=given.classes,
        examples=len(np.unique(given.rows)), scored=len(given), unit=given.unit, metric=context.metric,
        metric_given=context.settings.metric is not None, positive=context.positive, outputs=given.outputs,
        device="" if predictor is None else predictor.place, notes=tuple(context.notes),
    )  # fmt: skip


def _shown(context: Context, events: Sequence[Event]) -> list[Event]:
    """The examples that the events name, as the report shows them."""
    sample = context.test
    if sample is None:
        return []
    found: dict[int, Event] = {}
    most_shown = MOST_SHOWN + (MOST_PREFERRED_SHOWN if context.settings.inside else 0)
    for event in events:
        most = context.settings.look if event.kind == "worst_examples" else SHOWN_OF_EACH
        split = getattr(event, "split", sample.split)
        if split != sample.split:
            continue
        for row in getattr(event, "rows", ())[:most]:
            at = int(np.searchsorted(sample.rows, row))
            if row not in found and len(found) < most_shown and at < len(sample) and sample.rows[at] == row:
                found[row] = shown(sample, at, Why.CONCERNED)
    return list(found.values())
