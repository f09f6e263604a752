"""One finding as a SARIF ``result``: message, places, cause and fixes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from unstuck.core.finding import Place
from unstuck.show.data_lines import line_of
from unstuck.show.folding import causes
from unstuck.show.json import of_finding
from unstuck.show.places import in_data, parts
from unstuck.show.primary_location import anchor, region
from unstuck.show.proofs import helps
from unstuck.show.sarif_fix import replacements
from unstuck.show.source import Sources
from unstuck.show.subjects import training_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis, Ranked
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

ROOT = "SRCROOT"
FINGERPRINT = "unstuck/v1"
CARRIED = (
    "rank", "confidence", "subject", "training", "first_step", "explained_by", "evidence", "examples", "remedies",
)  # fmt: skip
"""properties of a result, under the names of the JSON"""

FIRST_ROW, MOST_ROWS = 10, 10
"""id of the related location of the first row, and how many rows have one"""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the results of one record have in common."""

    diagnosis: Diagnosis
    record: Record
    patches: Patches
    ordered: tuple[Ranked, ...]
    trainings: Mapping[int, Training]

    @property
    def sources(self) -> Sources:
        """The files of the run."""
        return Sources.of(self.record)

    def training(self, ranked: Ranked) -> Training | None:
        """The one that a finding is about."""
        return training_of(ranked.finding, self.trainings)

    def cause(self, ranked: Ranked) -> Ranked | None:
        """The finding under which this one is folded."""
        for cause in causes(self.diagnosis.findings):
            if any(other is ranked for other in cause.consequences):
                return cause.ranked
        return None


def result(ranked: Ranked, scene: Scene, seen: Counter[str]) -> Json:
    """A result without its rule; ``seen`` counts fingerprints, so that two equal ones stay two."""
    finding, training, sources = ranked.finding, scene.training(ranked), scene.sources
    anchored = anchor(finding, training, scene.record)
    location = _location(anchored.place, sources, training, anchored.why)
    fingerprint = _fingerprint(ranked, anchored.place, sources)
    seen[fingerprint] += 1
    cause = scene.cause(ranked)
    carried = {key: value for key, value in of_finding(ranked, sources, scene.diagnosis).items() if key in CARRIED}
    own = [cause for cause in causes(scene.diagnosis.findings) if cause.ranked is ranked]
    result: Json = {
        "message": {"text": _message(ranked, cause, linked=cause is not None and _has_file(cause, scene))},
        "locations": [location] if location else [],
        "partialFingerprints": {FINGERPRINT: f"{fingerprint}:{seen[fingerprint]}"},
        "properties": {
            **carried,
            "cause": None if cause is None else scene.ordered.index(cause),
            "consequences": [scene.ordered.index(other) for cause in own for other in cause.consequences],
        },
    }
    related = _related(ranked, cause, scene)
    if related:
        result["relatedLocations"] = related
    fixes = _fixes(ranked, scene)
    if fixes:
        result["fixes"] = fixes
    return result


def _message(ranked: Ranked, cause: Ranked | None, *, linked: bool) -> str:
    finding = ranked.finding
    lines = [finding.message]
    if cause is not None:
        name = f"{cause.finding.code} {cause.finding.name}"
        lines.append(f"Consequence of {f'[{name}](2)' if linked else name}.")
    lines += [f"Fix: {remedy.text}" for remedy in finding.remedies[:1]]
    return "\n".join(lines)


def _has_file(ranked: Ranked, scene: Scene) -> bool:
    return anchor(ranked.finding, scene.training(ranked), scene.record).place.file is not None


def _related(ranked: Ranked, cause: Ranked | None, scene: Scene) -> list[Json]:
    """``used_at`` is number 1, the cause number 2."""
    related = []
    used, sources = ranked.finding.used_at, scene.sources
    if used is not None and used.file is not None:
        related.append({"id": 1, **_location(used, sources, scene.training(ranked), "used here")})
    if cause is not None and _has_file(cause, scene):
        place = anchor(cause.finding, scene.training(cause), scene.record).place
        name = f"the cause: {cause.finding.code} {cause.finding.name}"
        related.append({"id": 2, **_location(place, sources, scene.training(cause), name)})
    related += [{"id": FIRST_ROW + at, **row} for at, row in enumerate(_rows(ranked.finding, scene))]
    return related


def _rows(finding: Finding, scene: Scene) -> Iterator[Json]:
    """The first rows that a finding about data names: lines of a text file, or the files of the examples."""
    examples, file, sources = finding.examples, finding.place.file, scene.sources
    if examples is None or file is None or not in_data(finding.place):
        return
    for row, name in list(zip_longest(examples.indices, examples.names, fillvalue=""))[:MOST_ROWS]:
        own = str(PurePath(file) / name) if name else ""
        line = line_of(scene.record, sources, file, int(row)) if not own else None
        if line is not None or (own and (sources.directory / own).is_file()):
            place = Place(file=own or file, split=finding.place.split, row=int(row), line=line)
            yield _location(place, sources, None, name or f"row {row}")


def _location(place: Place, sources: Sources, training: Training | None, why: str = "") -> Json:
    location: Json = {}
    if place.file is not None:
        physical: Json = {"artifactLocation": artifact(place.file, sources)}
        line = region(place, sources, training)
        if line is not None:
            physical["region"] = {"startLine": line.line}
        if line is not None and line.start is not None:
            physical["region"] |= {"startColumn": line.start, "endColumn": line.end, "snippet": {"text": line.text}}
        location["physicalLocation"] = physical
    split = [("split", place.split)] if place.split else []
    logical = [{"name": name, "kind": kind} for kind, name in (*parts(place), *split)]
    if logical:
        location["logicalLocations"] = logical
    if location and why:
        location["message"] = {"text": why}
    return location


def artifact(file: str, sources: Sources) -> Json:
    """A file as a URI, relative to where the run was started if it lies there."""
    shown = PurePath(sources.shown(file))
    if shown.is_absolute():
        return {"uri": shown.as_uri()}
    return {"uri": quote(shown.as_posix()), "uriBaseId": ROOT}


def _fingerprint(ranked: Ranked, place: Place, sources: Sources) -> str:
    """It stays the same while rule, place and the text of the line do; numbers and line numbers may change."""
    finding = ranked.finding
    line = sources.raw_line(place) or ""
    own = (finding.code, place.layer or "", sources.shown(place.file) if place.file else "", line.strip())
    data = tuple(filter(None, (place.split, place.column, place.label, str(place.row or ""))))
    return hashlib.sha256("\0".join(own + data).encode("utf-8", "replace")).hexdigest()[:16]


def _fixes(ranked: Ranked, scene: Scene) -> list[Json]:
    fixes = []
    for fix in helps(ranked, scene.diagnosis, scene.patches):
        changes = replacements(fix.patch)
        if not changes:
            continue
        file = fix.patch.split("\n", 1)[0].removeprefix("--- ").split("\t")[0]
        change = {"artifactLocation": artifact(file, scene.sources), "replacements": changes}
        fixes.append({"description": {"text": fix.remedy.text}, "artifactChanges": [change]})
    return fixes
