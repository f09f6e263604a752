"""The answer as data, by the published contract (`schema.json`)."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from unstuck.core.finding import Applicability
from unstuck.record.writer import finite_json
from unstuck.show.outcomes import Outcomes
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis, Ranked, TrainingSummary
    from unstuck.core.finding import Examples, Place, Remedy
    from unstuck.record.reader import Record

VERSION = 1
MOST_INDICES = 1000

Json = dict[str, Any]


def to_json(diagnosis: Diagnosis, record: Record) -> Json:
    """The whole diagnosis; every non-finite number is one of the strings "NaN", "Infinity", "-Infinity".

    Numbers are made plain ones here: a rule may have taken them from an array.
    """
    sources = Sources.of(record)
    outcomes = Outcomes.of(diagnosis.outcomes)
    ranked = sorted(diagnosis.findings, key=lambda finding: finding.rank)
    said = {
        "schema": VERSION,
        "run": diagnosis.run,
        "verdict": str(diagnosis.verdict),
        "ended": str(diagnosis.ended),
        "answer": diagnosis.answer,
        "findings": [_finding(one, sources) for one in ranked],
        "rules": {
            "fired": list(outcomes.fired),
            "passed": list(outcomes.passed),
            "skipped": [
                {"code": one.code, "missing": list(one.missing), "passed": one.passed} for one in outcomes.skipped
            ],
            "broke": [{"code": one.code, "error": one.error} for one in outcomes.broke],
        },
        "trainings": [_training(summary) for summary in diagnosis.trainings],
        "not_seen": list(diagnosis.not_seen),
        "overhead": {name: float(value) for name, value in diagnosis.overhead.items()},
    }
    finite: Json = finite_json(said)  # type: ignore[assignment]
    return finite


def published_schema() -> Json:
    """The JSON schema (draft 2020-12) that `to_json` keeps to."""
    text = files("unstuck.show").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def _finding(ranked: Ranked, sources: Sources) -> Json:
    finding = ranked.finding
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "rank": ranked.rank,
        "training": finding.training,
        "place": _place(finding.place, sources),
        "used_at": None if finding.used_at is None else _place(finding.used_at, sources),
        "first_step": None if finding.first_step is None else int(finding.first_step),
        "explained_by": ranked.explained_by,
        "message": finding.message,
        "evidence": [
            {
                "quantity": one.quantity,
                "value": float(one.value),
                "threshold": None if one.threshold is None else float(one.threshold),
                "unit": one.unit,
            }
            for one in finding.evidence
        ],
        "examples": None if finding.examples is None else _examples(finding.examples),
        "remedies": [_remedy(remedy) for remedy in finding.remedies],
    }


def _place(place: Place, sources: Sources) -> Json:
    file = None if place.file is None else sources.shown(place.file)
    return {"layer": place.layer, "file": file, "line": None if place.line is None else int(place.line)}


def _examples(examples: Examples) -> Json:
    return {
        "of": examples.of,
        "count": int(examples.count),
        "share": float(examples.share),
        "indices": [int(index) for index in examples.indices[:MOST_INDICES]],
    }


def _remedy(remedy: Remedy) -> Json:
    manual = remedy.applicability is Applicability.MANUAL
    why = "a human must decide what to change" if manual else "no experiment was run"
    return {
        "name": remedy.name,
        "applicability": str(remedy.applicability),
        "text": remedy.text,
        "code": remedy.code,
        "experiment": {"verdict": "not tested", "why": why},
    }


def _training(summary: TrainingSummary) -> Json:
    return {
        "training": summary.training,
        "verdict": str(summary.verdict),
        "steps": int(summary.steps),
        "first_loss": float(summary.first_loss),
        "last_loss": float(summary.last_loss),
        "best_loss": float(summary.best_loss),
        "trivial_loss": None if summary.trivial_loss is None else float(summary.trivial_loss),
        "trivial_answer": summary.trivial_answer,
    }
