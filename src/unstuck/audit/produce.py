"""The producer of data records: read the splits, measure, write the events."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from unstuck.analysis.data.measure import Progress, measure_all, silent
from unstuck.analysis.data.sample import DataSet
from unstuck.audit.annotations import human_labels
from unstuck.audit.settings import AuditSettings
from unstuck.audit.shown import shown_examples
from unstuck.audit.sources.loaded import Loaded
from unstuck.audit.sources.read import read
from unstuck.audit.threads import suited_threads
from unstuck.record import schema
from unstuck.record.manifest import RecordKind
from unstuck.record.writer import PartWriter
from unstuck.watch.directory import Manifest, make_directory, origin


def produce(
    splits: Mapping[str, object],
    settings: AuditSettings,
    base: Path,
    *,
    argv: Sequence[str] = (),
    progress: Progress = silent,
) -> Path:
    """Audit a data set; the directory of its record.

    Args:
        splits: name of each split and what it is read from; the training split is the first.
        settings: what was asked for.
        base: folder of records.
        argv: the command, for the manifest.
        progress: called with what is being done.

    Raises:
        UsageError: a split cannot be read; nothing is left behind.
    """

    def all_events(writer: PartWriter, loaded: Sequence[Loaded]) -> None:
        write(writer, loaded, settings, progress)

    return recorded(splits, settings, base, all_events, argv=argv, progress=progress)


def recorded(
    splits: Mapping[str, object],
    settings: AuditSettings,
    base: Path,
    write_events: Callable[[PartWriter, Sequence[Loaded]], object],
    *,
    prepare: Callable[[Sequence[Loaded]], object] = lambda _: None,
    about: Mapping[str, object] = MappingProxyType({}),
    argv: Sequence[str] = (),
    progress: Progress = silent,
) -> Path:
    """Make a data record: read the splits, then let ``write_events`` write what there is to say of them.

    Args:
        splits: name of each split and what it is read from; the training split is the first.
        settings: how they are read.
        base: folder of records.
        write_events: writes the events.
        prepare: done before there is a record; what it raises leaves nothing behind.
        about: further facts for the manifest, read after ``prepare``.
        argv: the command, for the manifest.
        progress: called with what is being done.
    """
    began = time.perf_counter()
    progress("reading", 0.0)
    loaded = read(splits, settings, progress)
    with suited_threads(loaded), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries; what matters is an event
        prepare(loaded)
    directory = make_directory(base, Path(loaded[0].split.source).stem or "data")
    facts: dict[str, object] = {
        "argv": list(argv), "python": sys.executable, "kind": RecordKind.DATA, **origin(), **about,
    }  # fmt: skip
    manifest = Manifest(directory, facts)
    writer = PartWriter(directory / schema.PARTS / "0", {"pid": os.getpid(), "rank": 0})
    try:
        with suited_threads(loaded):
            write_events(writer, loaded)
    except BaseException as error:
        manifest.add(ended="interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
        raise
    finally:
        writer.close()
    manifest.add(ended="finished", duration=round(time.perf_counter() - began, 3))
    return directory


def write(writer: PartWriter, loaded: Sequence[Loaded], settings: AuditSettings, progress: Progress) -> None:
    """Write what was read, what is measured, and the examples to show."""
    for one in loaded:
        writer.write(one.split, essential=True)
        for event in (*one.profiles, *one.events, *one.batches):
            writer.write(event)
    dataset = DataSet(samples=tuple(one.sample for one in loaded))
    events = []
    for event in measure_all(dataset, progress):
        writer.write(event, essential=True)
        events.append(event)
    if settings.annotations:
        events.append(human_labels(dataset.train, settings.annotations))
        writer.write(events[-1], essential=True)
    for shown in shown_examples(dataset, events, settings):
        writer.write(shown)
