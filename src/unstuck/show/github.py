"""The answer as GitHub workflow commands: one annotation for each cause, on the line that it is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.finding import Severity
from unstuck.core.words import clean, measure
from unstuck.show.example_words import how_many, listed
from unstuck.show.folding import causes
from unstuck.show.grouping import also, groups
from unstuck.show.places import in_data, parts
from unstuck.show.primary_location import anchor, below, region
from unstuck.show.source import Sources
from unstuck.show.subjects import by_number, training_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Evidence
    from unstuck.record.reader import Record
    from unstuck.show.grouping import Group

COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
MOST_LISTED = 10
"""examples of a finding about data that are named"""
IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTY = {**IN_DATA, ":": "%3A", ",": "%2C"}
"""how the runner wants these characters: it undoes them, and no others"""


def to_github(diagnosis: Diagnosis, record: Record, *, root: Path | None = None) -> str:
    """One line a cause, the first one first; "" where nothing was found.

    Args:
        diagnosis: what is shown.
        record: that it is about.
        root: the checked-out repository, under which GitHub looks for files; paths are the run's own where it is
            not given.
    """
    known = by_number(record)
    lines = [
        _command(group, training_of(group.finding, known), record, root)
        for group in groups(causes(diagnosis.findings))
    ]
    return "".join(f"{line}\n" for line in lines)


def _command(group: Group, training: Training | None, record: Record, root: Path | None) -> str:
    finding, sources = group.finding, Sources.of(record)
    place = anchor(finding, training, record).place
    properties: dict[str, str] = {}
    if place.file is not None:
        properties["file"] = Path(below(place.file, sources, root)).as_posix()
        lines = region(place, sources, training)
        if lines is not None:
            properties |= {"line": str(lines.line), "endLine": str(lines.line)}
            # `endColumn` is the last column of the region, not the one after it.
            if lines.start is not None:
                properties |= {"col": str(lines.start), "endColumn": str((lines.end or 0) - 1)}
    properties["title"] = f"{finding.code} {finding.name}"
    listed = ",".join(f"{name}={escaped(value, IN_PROPERTY)}" for name, value in properties.items())
    return f"::{COMMAND[finding.severity]} {listed}::{escaped(chr(10).join(_message(group)), IN_DATA)}"


def _message(group: Group) -> Iterator[str]:
    cause, finding, others = group.first, group.finding, also(group)
    yield clean(finding.message)
    yield from (f"{kind}: {name}" for kind, name in parts(finding.place))
    yield from (_evidence(item) for item in finding.evidence)
    if in_data(finding.place) and finding.examples is not None:
        first = ", ".join(listed(finding.examples, MOST_LISTED))
        yield f"examples: {how_many(finding, finding.examples)}{f': {first}' if first else ''}"
    if others:
        yield f"also: {others}"
    yield from (f"fix: {clean(remedy.text)}" for remedy in finding.remedies)
    for other in cause.consequences:
        yield f"consequence: {other.finding.code} {other.finding.name}: {clean(other.finding.message)}"
    yield f"more: unstuck explain {finding.code}"


def _evidence(item: Evidence) -> str:
    limit = "" if item.threshold is None else f" (threshold {measure(item.threshold, item.unit)})"
    return f"{clean(item.label)}: {measure(item.value, item.unit)}{limit}"


def escaped(text: str, signs: dict[str, str]) -> str:
    """The text with the characters escaped that would end a command or a property."""
    return "".join(signs.get(sign, sign) for sign in text)
