"""The answer as data, by the published contract (`schema.json`)."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from unstuck.core.subject import SubjectKind
from unstuck.core.trial_verdict import gain_of
from unstuck.record.manifest import RecordKind
from unstuck.record.writer import finite_json
from unstuck.show.baseline_of_run import baseline_of_run
from unstuck.show.json_data import facts_as_json
from unstuck.show.json_model import model_facts_as_json
from unstuck.show.json_probe import probe_facts_as_json
from unstuck.show.json_study import study_as_json
from unstuck.show.outcomes import Outcomes
from unstuck.show.proofs import judged
from unstuck.show.reasons import reason_of
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from unstuck.core.configuration import Configuration
    from unstuck.core.diagnosis import AllowedFinding, Diagnosis, Ranked, TrainingSummary
    from unstuck.core.experiment import Effect, HeldOutFigure, Results, Trial
    from unstuck.core.finding import Examples, Finding, Place, Remedy
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
    contents = {
        "schema": VERSION,
        "kind": str(record.manifest.kind),
        "run": diagnosis.run,
        "verdict": str(diagnosis.verdict),
        "ended": str(diagnosis.ended),
        "answer": diagnosis.answer,
        "findings": [of_finding(finding, sources, diagnosis) for finding in ranked],
        "rules": {
            "fired": list(outcomes.fired),
            "passed": list(outcomes.passed),
            "skipped": [
                {"code": skipped.code, "missing": list(skipped.missing), "passed": skipped.passed}
                for skipped in outcomes.skipped
            ],
            "broke": [{"code": broke.code, "error": broke.error} for broke in outcomes.broke],
            "allowed": list(outcomes.allowed),
            "left_out": list(diagnosis.configuration.left_out),
        },
        "trainings": [of_training(summary) for summary in diagnosis.trainings],
        "experiments": None if diagnosis.experiments is None else _experiments(diagnosis.experiments),
        "allowed": [_allowed(one, sources) for one in diagnosis.allowed],
        "configuration": _configuration(diagnosis.configuration, sources),
        "not_seen": list(diagnosis.not_seen),
        "overhead": {name: float(value) for name, value in diagnosis.overhead.items()},
        "baseline": _baseline_of_run(record),
    }
    if record.manifest.kind is RecordKind.DATA:
        contents["facts"] = facts_as_json(record)
    if record.manifest.kind is RecordKind.STUDY:
        contents["facts"] = study_as_json(record)
    if record.manifest.kind is RecordKind.PROBE:
        contents["facts"] = probe_facts_as_json(record)
    if record.manifest.kind is RecordKind.MODEL:
        contents["facts"] = model_facts_as_json(record)
    finite: Json = finite_json(contents)  # type: ignore[assignment]
    return finite


def published_schema() -> Json:
    """The JSON schema (draft 2020-12) that `to_json` keeps to."""
    text = files("unstuck.show").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def of_finding(ranked: Ranked, sources: Sources, diagnosis: Diagnosis) -> Json:
    """One finding; its numbers may still be non-finite ones."""
    finding = ranked.finding
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "rank": ranked.rank,
        "subject": {
            "kind": str(finding.subject.kind), "number": finding.subject.number, "name": finding.subject.name or None,
        },
        "training": finding.subject.number if finding.subject.kind is SubjectKind.TRAINING else None,
        "place": _place(finding.place, sources),
        "used_at": None if finding.used_at is None else _place(finding.used_at, sources),
        "first_step": None if finding.first_step is None else int(finding.first_step),
        "explained_by": ranked.explained_by,
        "message": finding.message,
        "evidence": [
            {
                "key": item.key or None,
                "quantity": item.label,
                "value": float(item.value),
                "threshold": None if item.threshold is None else float(item.threshold),
                "unit": item.unit,
            }
            for item in finding.evidence
        ],
        "examples": None if finding.examples is None else _examples(finding.examples),
        "remedies": [_remedy(remedy, finding, diagnosis) for remedy in finding.remedies],
    }


def _baseline_of_run(record: Record) -> Json | None:
    found = baseline_of_run(record)
    if found is None:
        return None
    return {
        "record": found.record, "sentence": found.sentence, "metric": found.metric, "value": found.value,
        "model": found.model,
    }  # fmt: skip


def _allowed(one: AllowedFinding, sources: Sources) -> Json:
    finding = one.finding
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "place": _place(finding.place, sources),
        "comment": _place(one.comment, sources),
    }


def _configuration(configuration: Configuration, sources: Sources) -> Json:
    return {
        "file": sources.shown(configuration.file) if configuration.file else None,
        "select": None if configuration.select is None else list(configuration.select),
        "ignore": list(configuration.ignore),
        "thresholds": {rule: dict(values) for rule, values in configuration.thresholds.items()},
        "plugins": list(configuration.plugins),
    }


def _place(place: Place, sources: Sources) -> Json:
    file = None if place.file is None else sources.shown(place.file)
    return {
        "layer": place.layer, "file": file, "line": None if place.line is None else int(place.line),
        "split": place.split, "column": place.column, "row": None if place.row is None else int(place.row),
        "label": place.label,
    }  # fmt: skip


def _examples(examples: Examples) -> Json:
    return {
        "of": examples.of,
        "count": int(examples.count),
        "share": float(examples.share),
        "indices": [int(index) for index in examples.indices[:MOST_INDICES]],
        "names": list(examples.names[:MOST_INDICES]) or None,
    }


def _remedy(remedy: Remedy, finding: Finding, diagnosis: Diagnosis) -> Json:
    proof = judged(finding, remedy, diagnosis)
    experiment: Json = {"verdict": str(proof.verdict), "why": proof.why}
    if proof.trial is not None and proof.trial.shown is not None:
        experiment["effect"] = {
            "change": proof.trial.title, "on_top_of": list(proof.trial.on_top_of), **_effect(proof.trial.shown),
        }  # fmt: skip
    return {
        "name": remedy.name,
        "applicability": str(remedy.applicability),
        "text": remedy.text,
        "code": remedy.code,
        "experiment": experiment,
    }


def _effect(effect: Effect) -> Json:
    """In shares of the baseline loss that are taken away; 1 is a network that makes no error."""
    return {
        "without": float(effect.control),
        "with": float(effect.treated),
        "gain": float(effect.gain),
        "low": float(effect.low),
        "high": float(effect.high),
        "pairs": int(effect.pairs),
    }


def _experiments(results: Results) -> Json:
    return {
        "way": results.way,
        "steps": int(results.steps),
        "of_steps": int(results.of_steps),
        "reached": float(results.reached),
        "reached_after": float(results.reached_after),
        "sufficient": list(results.sufficient),
        "repeatable": results.repeatable,
        "elsewhere": None if results.elsewhere is None else [float(one) for one in results.elsewhere],
        "seconds": float(results.seconds),
        "budget": float(results.budget),
        "trials": [_trial(trial) for trial in sorted(results.trials, key=gain_of, reverse=True)],
    }


def _trial(trial: Trial) -> Json:
    return {
        "change": trial.title,
        "on_top_of": list(trial.on_top_of),
        "codes": list(trial.codes),
        "remedies": list(trial.remedies),
        "verdict": str(trial.verdict),
        "found": trial.found,
        "why": reason_of(trial),
        "effect": None if trial.shown is None else _effect(trial.shown),
        "held_out": None if trial.held_out is None else _effect(trial.held_out),
        "on_held_out": trial.on_held_out,
        "figures": [_figure(one) for one in trial.figures],
        "about_figure": None if trial.about_figure is None else str(trial.about_figure),
    }


def _figure(one: HeldOutFigure) -> Json:
    return {
        "quantity": one.quantity,
        "split": one.split,
        "without": float(one.without),
        "with": float(one.changed),
        "low": float(one.low),
        "high": float(one.high),
        "examples": int(one.examples),
        "left_out": int(one.left_out),
    }


def of_training(summary: TrainingSummary) -> Json:
    """One training; its numbers may still be non-finite ones."""
    return {
        "training": summary.training,
        "verdict": str(summary.verdict),
        "steps": int(summary.steps),
        "first_loss": float(summary.first_loss),
        "last_loss": float(summary.last_loss),
        "best_loss": float(summary.best_loss),
        "trivial_loss": None if summary.baseline_loss is None else float(summary.baseline_loss),
        "trivial_answer": summary.baseline_answer,
    }
