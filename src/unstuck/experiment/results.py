"""What was tried on a run, kept as JSON beside its record."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from unstuck.core.experiment import Reason, Results
from unstuck.record import schema
from unstuck.record.decode import revive
from unstuck.record.writer import dump_json, write_whole

if TYPE_CHECKING:
    from pathlib import Path

FILE = "experiments.json"
SCHEMA = 2
"""1: a trial has its verdict as ``proof``, and its reason as a sentence, ``why``. 2: ``verdict``, ``reason``"""
SENTENCES_OF_1 = (
    (r"the budget was spent", Reason.BUDGET_SPENT),
    (r"its loss does not tell how much is learned: .*", Reason.NO_OBJECTIVE),
    (r"it found nothing to change", Reason.NOTHING_TO_CHANGE),
    (r"it was still learning when its branch ended", Reason.STILL_LEARNING),
    (r"the training loss does not tell what it is worth, .*", Reason.NO_HELD_OUT_LOSS),
    (r"after as many steps it is ahead of its control, .*", Reason.AHEAD_SO_FAR),
    (r"after as many steps it is not surely worse than its control, .*", Reason.LEVEL_SO_FAR),
    (r"its branches were too short to say anything", Reason.TOO_SHORT),
    (r"it helps for certain, but little in a branch shorter than the run", Reason.SMALL_GAIN_SO_FAR),
    (r"it helps for certain, but little", Reason.SMALL_GAIN),
    (r"promising, but \d+ of \d+ pairs fitted into the budget", Reason.FEW_PAIRS),
    (r"its training loss falls, its held-out loss rises", Reason.HELD_OUT_LOSS_RISES),
    (r"nothing was trained in its branch", Reason.NOTHING_TRAINED),
    (r"its branch did not end by itself", Reason.KILLED),
    (r"the changed script raised (?P<detail>.*)", Reason.RAISED),
    (r"the run was ended on its way, .*", Reason.RUN_CUT),
    (r"other changes make it learn without it", Reason.NOT_NEEDED),
    (r"it takes whole runs, a budget of about (?P<budget>\d+) s", Reason.NEEDS_WHOLE_RUNS),
)
"""the sentences of schema 1, and what they say"""


def keep(results: Results, record: Path) -> None:
    """Write them beside what is derived from the record."""
    folder = record / schema.DERIVED
    folder.mkdir(exist_ok=True)
    write_whole(folder / FILE, dump_json({"schema": SCHEMA, **asdict(results)}) + "\n")


def read(record: Path) -> Results | None:
    """What was tried on a recorded run; None where nothing was."""
    try:
        return from_json(json.loads((record / schema.DERIVED / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def from_json(plain: dict[str, Any]) -> Results:
    """What `keep` has written, in this version or an earlier one."""
    plain = revive(plain)
    if plain["schema"] < SCHEMA:
        elsewhere = plain.get("elsewhere")
        trials = [_upgraded(trial) for trial in plain["trials"]]
        plain = {**plain, "trials": trials, "elsewhere": elsewhere if elsewhere and None not in elsewhere else None}
    return msgspec.convert(plain, Results, strict=False)


def _upgraded(trial: dict[str, Any]) -> dict[str, Any]:
    """A trial of schema 1 in this one."""
    rest = {key: value for key, value in trial.items() if key not in ("proof", "why")}
    return {**rest, "verdict": trial["proof"], **_reason(trial.get("why", ""))}


def _reason(sentence: str) -> dict[str, Any]:
    """What a sentence of schema 1 says."""
    if not sentence:
        return {}
    for pattern, reason in SENTENCES_OF_1:
        if said := re.fullmatch(pattern, sentence, re.DOTALL):
            parts = said.groupdict()
            budget = float(parts["budget"]) if "budget" in parts else None
            return {"reason": reason, "detail": parts.get("detail", ""), "budget_needed": budget}
    return {"reason": Reason.OTHER, "detail": sentence}
