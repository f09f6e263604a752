"""The answer as GitHub workflow commands: one annotation for each cause, on the line that it is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.analysis.run.training import trainings
from unstuck.core.finding import Severity
from unstuck.core.words import clean, measure
from unstuck.show.anchor import anchor, below, region
from unstuck.show.folding import causes
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Evidence
    from unstuck.record.reader import Record
    from unstuck.show.folding import Cause

COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTY = {**IN_DATA, ":": "%3A", ",": "%2C"}
"""how the runner wants these characters: it undoes them, and no others"""


def to_github(diagnosis: Diagnosis, record: Record, *, root: Path | None = None) -> str:
    """One line a cause, the first one first; "" where nothing was found.

    Args:
        diagnosis: what is told.
        record: where it comes from.
        root: the checked-out repository, under which GitHub looks for files; paths are the run's own where it is
            not given.
    """
    found = {training.number: training for training in trainings(record)}
    lines = [
        _command(cause, found.get(cause.ranked.finding.training), record, root)
        for cause in causes(diagnosis.findings)
    ]
    return "".join(f"{line}\n" for line in lines)


def _command(cause: Cause, training: Training | None, record: Record, root: Path | None) -> str:
    finding, sources = cause.ranked.finding, Sources.of(record)
    place = anchor(finding, training, record).place
    told: dict[str, str] = {}
    if place.file is not None:
        told["file"] = Path(below(place.file, sources, root)).as_posix()
        meant = region(place, sources, training)
        if meant is not None:
            told |= {"line": str(meant.line), "endLine": str(meant.line)}
            # `endColumn` is the last column of the region, not the one after it.
            told |= {} if meant.start is None else {"col": str(meant.start), "endColumn": str((meant.end or 0) - 1)}
    told["title"] = f"{finding.code} {finding.name}"
    properties = ",".join(f"{name}={escaped(value, IN_PROPERTY)}" for name, value in told.items())
    return f"::{COMMAND[finding.severity]} {properties}::{escaped(chr(10).join(_said(cause)), IN_DATA)}"


def _said(cause: Cause) -> Iterator[str]:
    finding = cause.ranked.finding
    yield clean(finding.message)
    if finding.place.layer:
        yield f"layer: {clean(finding.place.layer)}"
    yield from (_evidence(one) for one in finding.evidence)
    yield from (f"help: {clean(remedy.text)}" for remedy in finding.remedies)
    for other in cause.consequences:
        yield f"because of it: {other.finding.code} {other.finding.name}: {clean(other.finding.message)}"
    yield f"more: unstuck explain {finding.code}"


def _evidence(one: Evidence) -> str:
    limit = "" if one.threshold is None else f" (threshold {measure(one.threshold, one.unit)})"
    return f"{clean(one.label)}: {measure(one.value, one.unit)}{limit}"


def escaped(text: str, signs: dict[str, str]) -> str:
    """The text with the signs that would end a command or a property written out."""
    return "".join(signs.get(sign, sign) for sign in text)
