"""The producer of probe records: make the directory, make the probes, write the events."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.record import schema
from unstuck.record.events.probe.base import Probed
from unstuck.record.manifest import RecordKind
from unstuck.record.writer import PartWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unstuck.preflight.context import Context
    from unstuck.preflight.measure import Progress
    from unstuck.preflight.settings import PreflightSettings

STEPS_PART = "0"
PROBES_PART = "1"


@contextmanager
def probe_record(
    base: Path, stem: str, about: Mapping[str, object], began: float | None = None
) -> Iterator[Path]:
    """A new record of kind *probe*; its manifest is completed at the end.

    Args:
        base: folder of the records.
        stem: of its name.
        about: what the manifest holds of the program.
        began: time of `time.perf_counter` at which the checks began; now by default.
    """
    from unstuck.watch.directory import Manifest, make_directory, origin

    began = time.perf_counter() if began is None else began
    directory = make_directory(base, stem)
    manifest = Manifest(directory, {"kind": RecordKind.PROBE, **origin(), **about})
    (directory / schema.PARTS).mkdir()
    try:
        yield directory
    except BaseException as error:
        manifest.add(ended="interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
        raise
    manifest.add(ended="finished", duration=round(time.perf_counter() - began, 3))


def write_probes(
    folder: Path, context: Context, settings: PreflightSettings, steps: int, progress: Progress
) -> None:
    """Make the probes and write what they yield as a part of its own."""
    from unstuck.preflight.measure import probe_all

    writer = PartWriter(folder, {"pid": os.getpid(), "rank": 0})
    try:
        writer.write(about_context(context, steps), essential=True)
        for event in probe_all(context, settings, progress):
            writer.write(event, essential=True)
    finally:
        writer.close()


def about_context(context: Context, steps: int) -> Probed:
    """What is probed."""
    parameter = next(context.network.parameters(), None) if context.networks else None
    return Probed(
        network=type(context.network).__name__ if context.networks else "",
        optimizers=tuple(type(one).__name__ for one in context.optimizers), rates=tuple(context.rates),
        batches=len(context.batches), held_out=len(context.held_out),
        examples=context.batches[0].size if context.batches else 0,
        device=str(parameter.device) if parameter is not None else "cpu", steps=steps, notes=tuple(context.notes),
    )  # fmt: skip


