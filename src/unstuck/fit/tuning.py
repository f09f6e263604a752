"""Rung *tuning*: a short search for rate, size and regularisation, by the search of `unstuck tune` in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unstuck.core.words import count, number
from unstuck.fit.compare import by_loss
from unstuck.fit.crossed import Crossed, candidate_of, cross_train
from unstuck.fit.recipe import Recipe
from unstuck.fit.rungs.first_network import NETWORK
from unstuck.fit.work import Work

KEPT = "tuned.json"
LOWEST, HIGHEST = 0.1, 2.0
"""times the rate that was found"""


def tune_network(work: Work, control: Crossed) -> Crossed:
    """Search; the best setting is kept where it is better by more than a standard error."""
    rung = work.narrator.begin("tune", "Are there better hyper-parameters?")
    assert work.plan is not None
    if not work.plan.tune:
        work.narrator.end(rung, "no trainings are planned for it.")
        return control
    if find_spec("optuna") is None:
        work.narrator.end(rung, "skipped: it needs Optuna (pip install 'unstuck[tune]').")
        return control
    kept = work.folder / KEPT
    if not kept.exists():
        kept.write_text(json.dumps(_searched(work, control)), encoding="utf-8")
    known = json.loads(kept.read_text(encoding="utf-8"))
    rung.record = known["record"]
    rung.tried.append(
        f"{count(work.plan.tune, 'trial')} of rate, width, dropout and weight decay, each on every fold "
        f"(unstuck show {work.folder / known['record']})"
    )
    best = cross_train(work, Recipe(**known["recipe"]))
    gain = by_loss(best.losses, control.losses, best.train_rows, work.settings.seed)
    rung.found.append(f"best trial: {_setting(best.recipe)}; held-out loss {number(best.loss)}, lower by {gain}")
    if gain.value <= gain.error:
        work.narrator.end(rung, "that is less than one standard error, and the best of several is always flattered: "
                                "the setting stays as it was.")  # fmt: skip
        return control
    said = best.recipe.regularisation
    work.candidates[NETWORK] = candidate_of(best, NETWORK, f"network ({best.recipe.size}{f', {said}' if said else ''})")
    work.narrator.end(rung, "that is more than one standard error, so it is kept.")
    return best


def _setting(recipe: Recipe) -> str:
    return (
        f"rate {number(recipe.rate)}, {recipe.size}, dropout {number(recipe.dropout)}, weight decay "
        f"{number(recipe.weight_decay)}"
    )


def _searched(work: Work, control: Crossed) -> dict[str, Any]:
    from dataclasses import asdict

    from unstuck.tune.call import tune

    assert work.plan is not None
    base = control.recipe
    tried: list[Crossed] = []

    def build(hp: Any) -> Callable[[], float]:
        rate = hp.Float("learning_rate", LOWEST * base.rate, HIGHEST * base.rate, sampling="log", default=base.rate)
        width = hp.Choice("width", [max(8, base.width // 2), base.width, 2 * base.width], default=base.width)
        dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=round(base.dropout, 1))
        decay = hp.Float("weight_decay", 1e-4, 1.0, sampling="log", default=base.weight_decay or 1e-4)
        recipe = base.with_changes({"rate": rate, "width": width, "dropout": dropout, "weight_decay": decay})

        def trained() -> float:
            tried.append(cross_train(work, recipe))
            return tried[-1].loss

        return trained

    found = tune(
        build, trials=work.plan.tune, pruner="none", seed=work.settings.seed, dir=work.records, new=True,
        ended=lambda *_: work.narrator.progress("tuning", len(tried) / max(1, work.plan.tune if work.plan else 1)),
    )  # fmt: skip
    best = min(tried, key=lambda one: one.loss)
    return {"record": str(Path("records") / found.path.name), "recipe": asdict(best.recipe)}
