"""One finding as a SARIF ``result``: message, places, what it follows from, what mends it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from unstuck.show.anchor import anchor, region
from unstuck.show.folding import causes
from unstuck.show.json import of_finding
from unstuck.show.proofs import helps
from unstuck.show.sarif_fix import replacements
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis, Ranked
    from unstuck.core.finding import Place
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

ROOT = "SRCROOT"
FINGERPRINT = "unstuck/v1"
CARRIED = (
    "rank", "confidence", "training", "first_step", "explained_by", "evidence", "examples", "remedies",
)  # fmt: skip
"""what a result has no place for, under the names of the JSON"""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the results of one run have in common."""

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
        return self.trainings.get(ranked.finding.training)

    def cause(self, ranked: Ranked) -> Ranked | None:
        """The finding under which this one is folded."""
        for one in causes(self.diagnosis.findings):
            if any(other is ranked for other in one.consequences):
                return one.ranked
        return None


def result(ranked: Ranked, scene: Scene, seen: Counter[str]) -> Json:
    """All of a result but its rule; ``seen`` counts fingerprints, so that two alike stay two."""
    finding, training, sources = ranked.finding, scene.training(ranked), scene.sources
    pinned = anchor(finding, training, scene.record)
    where = _location(pinned.place, sources, training, pinned.why)
    print_ = _fingerprint(ranked, pinned.place, sources)
    seen[print_] += 1
    cause = scene.cause(ranked)
    carried = {key: value for key, value in of_finding(ranked, sources, scene.diagnosis).items() if key in CARRIED}
    follows = [one for one in causes(scene.diagnosis.findings) if one.ranked is ranked]
    told: Json = {
        "message": {"text": _message(ranked, cause, linked=cause is not None and _has_file(cause, scene))},
        "locations": [where] if where else [],
        "partialFingerprints": {FINGERPRINT: f"{print_}:{seen[print_]}"},
        "properties": {
            **carried,
            "cause": None if cause is None else scene.ordered.index(cause),
            "consequences": [scene.ordered.index(other) for one in follows for other in one.consequences],
        },
    }
    related = _related(ranked, cause, scene)
    if related:
        told["relatedLocations"] = related
    fixes = _fixes(ranked, scene)
    if fixes:
        told["fixes"] = fixes
    return told


def _message(ranked: Ranked, cause: Ranked | None, *, linked: bool) -> str:
    finding = ranked.finding
    said = [finding.message]
    if cause is not None:
        name = f"{cause.finding.code} {cause.finding.name}"
        said.append(f"Because of {f'[{name}](2)' if linked else name}.")
    said += [f"Help: {remedy.text}" for remedy in finding.remedies[:1]]
    return "\n".join(said)


def _has_file(ranked: Ranked, scene: Scene) -> bool:
    return anchor(ranked.finding, scene.training(ranked), scene.record).place.file is not None


def _related(ranked: Ranked, cause: Ranked | None, scene: Scene) -> list[Json]:
    """``used_at`` is number 1, the cause number 2."""
    found = []
    used, sources = ranked.finding.used_at, scene.sources
    if used is not None and used.file is not None:
        found.append({"id": 1, **_location(used, sources, scene.training(ranked), "used here")})
    if cause is not None and _has_file(cause, scene):
        place = anchor(cause.finding, scene.training(cause), scene.record).place
        said = f"the cause: {cause.finding.code} {cause.finding.name}"
        found.append({"id": 2, **_location(place, sources, scene.training(cause), said)})
    return found


def _location(place: Place, sources: Sources, training: Training | None, why: str = "") -> Json:
    told: Json = {}
    if place.file is not None:
        physical: Json = {"artifactLocation": artifact(place.file, sources)}
        meant = region(place, sources, training)
        if meant is not None:
            physical["region"] = {"startLine": meant.line}
        if meant is not None and meant.start is not None:
            physical["region"] |= {"startColumn": meant.start, "endColumn": meant.end, "snippet": {"text": meant.text}}
        told["physicalLocation"] = physical
    if place.layer:
        told["logicalLocations"] = [{"name": place.layer, "kind": "layer"}]
    if told and why:
        told["message"] = {"text": why}
    return told


def artifact(file: str, sources: Sources) -> Json:
    """A file as a URI, relative to where the run was started if it lies there."""
    shown = PurePath(sources.shown(file))
    if shown.is_absolute():
        return {"uri": shown.as_uri()}
    return {"uri": quote(shown.as_posix()), "uriBaseId": ROOT}


def _fingerprint(ranked: Ranked, place: Place, sources: Sources) -> str:
    """The same as long as rule, layer, file and the text of the line are: numbers and line numbers may change."""
    finding = ranked.finding
    line = sources.raw_line(place) or ""
    parts = (finding.code, place.layer or "", sources.shown(place.file) if place.file else "", line.strip())
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _fixes(ranked: Ranked, scene: Scene) -> list[Json]:
    fixes = []
    for one in helps(ranked, scene.diagnosis, scene.patches):
        changes = replacements(one.patch)
        if not changes:
            continue
        file = one.patch.split("\n", 1)[0].removeprefix("--- ").split("\t")[0]
        change = {"artifactLocation": artifact(file, scene.sources), "replacements": changes}
        fixes.append({"description": {"text": one.remedy.text}, "artifactChanges": [change]})
    return fixes
