"""What was tried on a run, kept as JSON beside its record."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from unstuck.core.experiment import Curve, Effect, Proof, Results, Trial
from unstuck.record import schema
from unstuck.record.writer import dump_json, write_whole

if TYPE_CHECKING:
    from pathlib import Path

FILE = "experiments.json"


def keep(results: Results, record: Path) -> None:
    """Write them beside what is derived from the record."""
    folder = record / schema.DERIVED
    folder.mkdir(exist_ok=True)
    write_whole(folder / FILE, dump_json({"schema": 1, **asdict(results)}) + "\n")


def read(record: Path) -> Results | None:
    """What was tried on a recorded run; None where nothing was."""
    try:
        return from_json(json.loads((record / schema.DERIVED / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def from_json(told: dict[str, Any]) -> Results:
    """What `keep` has written."""
    trials = tuple(
        Trial(
            **{
                **one,
                "proof": Proof(one["proof"]),
                "names": tuple(one["names"]),
                "on_top_of": tuple(one["on_top_of"]),
                "codes": tuple(one["codes"]),
                "remedies": tuple(one["remedies"]),
                "effect": Effect(**one["effect"]) if one["effect"] else None,
                "alongside": Effect(**one["alongside"]) if one.get("alongside") else None,
                "held_out": Effect(**one["held_out"]) if one.get("held_out") else None,
                "control_curve": _curve(one["control_curve"]),
                "treated_curve": _curve(one["treated_curve"]),
            }
        )
        for one in told["trials"]
    )
    plain = {key: value for key, value in told.items() if key not in ("schema", "trials", "sufficient", "elsewhere")}
    run, branch = told.get("elsewhere") or (None, None)
    begun = (float(run), float(branch)) if run is not None and branch is not None else None
    return Results(**plain, trials=trials, sufficient=tuple(told["sufficient"]), elsewhere=begun)


def _curve(told: dict[str, Any] | None) -> Curve | None:
    if told is None:
        return None
    return Curve(steps=tuple(told["steps"]), losses=tuple(float(value) for value in told["losses"]))
