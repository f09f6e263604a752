"""One training of a fold is watched by our own recorder, and judged by the rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from unstuck.core.words import count
from unstuck.fit.crossed import trained_on, unit_key
from unstuck.fit.narrator import Rung
from unstuck.fit.recipe import Recipe
from unstuck.fit.work import Work

KEPT = "watched.json"
MOST_SAID = 3
BUDGET = 0.3
"""share of the time that watching may cost: it is one training of many"""


def say_watched(work: Work, recipe: Recipe, rung: Rung) -> None:
    """Watch the training of the first fold, and add what the rules report to the rung.

    The weights are the same bit for bit as without watching, so this is the unit of that fold.
    """
    kept = work.folder / KEPT
    key = unit_key(recipe, 0, 0)
    if not kept.exists():
        kept.write_text(json.dumps(_watched(work, recipe, key)), encoding="utf-8")
    known = json.loads(kept.read_text(encoding="utf-8"))
    rung.record = known["record"]
    for text in known["findings"][:MOST_SAID]:
        rung.found.append(text)
    more = len(known["findings"]) - MOST_SAID
    if more > 0:
        rung.found.append(f"{count(more, 'more finding')}: unstuck show {work.folder / rung.record}")
    if not known["findings"]:
        rung.found.append(f"the rules report nothing about this training (unstuck show {work.folder / rung.record})")
    work.facts["watched"] = known["findings"]


def _watched(work: Work, recipe: Recipe, key: str) -> dict[str, Any]:
    from unstuck.run import Run, watch

    assert work.plan is not None
    fit, test = work.folds(work.plan.folds).pairs[0]
    paths: list[Path] = []

    def train() -> dict[str, Any]:
        with watch(dir=work.records, budget=BUDGET, data=False) as run:
            paths.append(run.path)
            return trained_on(work, recipe, fit, test, work.settings.seed)

    work.journal.unit(key, train)
    if not paths:
        return {"record": "", "findings": []}
    answer = Run(paths[0]).answer()
    answer.keep()
    found = [f"{one.finding.severity} {one.finding.code}: {one.finding.message}" for one in answer.diagnosis.findings]
    return {"record": str(Path("records") / paths[0].name), "findings": found}


