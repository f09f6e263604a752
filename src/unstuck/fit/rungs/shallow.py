"""Rung *baselines*: what is trivial, what is possible without a network?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from unstuck.core.data_types import Form, Task
from unstuck.core.words import count, number
from unstuck.fit.calibrate import fit_platt
from unstuck.fit.compare import interval
from unstuck.fit.goal import default_goal
from unstuck.fit.narrator import Table
from unstuck.fit.score import worth
from unstuck.fit.work import Candidate, Work

CONSTANT = "constant"
NO_LIMIT = 1e12
"""seconds: which models are fitted must not depend on the time"""
CHANCE = {"auroc": 0.5, "r2": 0.0, "f1": 0.0}


def fit_baselines(work: Work) -> bool:
    """Cross-validate the shallow models; whether the ladder goes on."""
    rung = work.narrator.begin("baselines", "What is trivial, what is possible without a network?")
    assert work.plan is not None
    folds = work.folds(work.plan.folds)
    kept = work.journal.unit(f"baselines-{work.plan.folds}", lambda: _evaluated(work))
    rows = np.concatenate([test for _, test in folds.pairs])
    for one in kept["models"]:
        work.candidates[one["key"]] = Candidate(
            name=one["key"], title=one["title"], kind="shallow",
            given=work.given(one["scores"].numpy(), rows),
        )  # fmt: skip
    work.facts["platt"] = {one["key"]: one["platt"] for one in kept["models"] if one["platt"]}
    models = count(len(kept["models"]), "model")
    rung.tried.append(f"{models} of scikit-learn, {folds.protocol} of the training examples")
    condition = () if work.goal.at is None else (work.goal.at.about.title,)
    rung.table = Table(("model", work.goal.title, "95 % interval", *condition))
    for candidate in sorted(work.candidates.values(), key=lambda one: _rank(work, one)):
        found = work.worth(candidate)
        low, high = interval(work.goal, candidate.given, None, work.groups(rows), work.settings.seed)
        beside = () if not condition else ("" if found.beside is None else number(found.beside),)
        rung.table.rows.append((candidate.title, number(found.value), f"{number(low)} to {number(high)}", *beside))
    work.facts["baselines"] = [list(row) for row in rung.table.rows]
    best = best_shallow(work)
    others = [one for one in work.candidates.values() if one.name != CONSTANT]
    has_signal, said = signal(work, others) if others else (True, "the other simple models are left out here")
    rung.found += [kept["sentence"] + ".", said] if others else [said]
    stop = work.settings.stop_early
    met = work.worth(best).meets(work.goal) and best.name != CONSTANT
    surely = met and _surely(work, best, rows)
    if surely and stop:
        work.facts["stopped"] = f"{best.title} met the goal in cross-validation, so no network was tried (--no-stop)"
        work.narrator.end(rung, f"{best.title} meets the goal in cross-validation, with its whole interval: no network "
                                "is needed. The ladder stops here (--no-stop goes on).")  # fmt: skip
        return False
    if not has_signal and stop and work.structure == "dense":
        work.facts["no_signal"] = True
        work.facts["stopped"] = "nothing was found that can be learned from these columns"
        work.narrator.end(rung, "boosted trees and SVM find next to nothing in these columns, and a network would rest "
                                "on noise: more examples or other columns are needed. The ladder stops here (--no-stop "
                                "goes on).")  # fmt: skip
        return False
    if work.goal.open:
        so = f"{best.title} is what a network must beat."
    elif surely:
        so = f"{best.title} meets the goal in cross-validation; --no-stop goes on."
    elif met:
        so = f"{best.title} meets the goal, but its interval reaches beyond it, so a network is tried."
    else:
        so = f"{best.title} does not meet the goal, so a network is tried."
    work.narrator.end(rung, so)
    return True


def _surely(work: Work, candidate: Candidate, rows: Any) -> bool:
    """Whether the worse end of the interval meets the goal, too."""
    low, high = interval(work.goal, candidate.given, None, work.groups(rows), work.settings.seed)
    return work.goal.first.met(low if work.goal.first.about.higher_is_better else high)


def _evaluated(work: Work) -> dict[str, Any]:
    import torch

    from unstuck.baseline.evaluate import evaluate
    from unstuck.baseline.metrics import default_metric, metrics_for
    from unstuck.baseline.number import number_to_beat

    assert work.plan is not None
    problem, folds = work.problem, work.folds(work.plan.folds)
    metrics = metrics_for(problem.task, default_metric(problem.task, problem.shares), problem.rarer)
    evaluated = list(evaluate(
        problem, folds, metrics, seconds=NO_LIMIT, seed=work.settings.seed,
        progress=lambda what, share: work.narrator.progress(f"baselines: {what}", share), wanted=shallow_keys(work),
    ))  # fmt: skip
    models = []
    for one in evaluated:
        if one.prediction is None:
            continue
        prediction = one.prediction
        scores = np.asarray(prediction.labels if prediction.scores is None else prediction.scores, dtype=np.float64)
        platt: dict[str, Any] = {}
        if prediction.scores is not None and one.model.key == "svm":
            fitted = fit_platt(scores, work.y[one.rows])
            scores, platt = fitted.probabilities(scores), asdict(fitted)
        models.append({
            "key": one.model.key, "title": one.scores[0].title, "platt": platt, "scores": torch.as_tensor(scores),
        })  # fmt: skip
    return {"models": models, "sentence": number_to_beat(problem, evaluated, metrics[0], None).sentence}


def shallow_keys(work: Work) -> tuple[str, ...] | None:
    """The models that can be applied to new data; None for all."""
    if "baselines" not in work.settings.rungs:
        return (CONSTANT,)
    return (CONSTANT, "words") if work.data.form is Form.TEXT else None


def best_shallow(work: Work) -> Candidate:
    """The best by the goal."""
    return min((one for one in work.candidates.values() if one.kind == "shallow"), key=lambda one: _rank(work, one))


def _rank(work: Work, candidate: Candidate) -> tuple[float, float]:
    """Lower is better; a missed condition comes first."""
    found = work.worth(candidate)
    sign = -1.0 if work.goal.first.about.higher_is_better else 1.0
    missed = 0.0 if work.goal.at is None or found.beside is None else max(0.0, work.goal.at.threshold - found.beside)
    value = found.value if np.isfinite(found.value) else np.inf * sign
    return round(missed, 9), sign * value


def signal(work: Work, candidates: list[Candidate]) -> tuple[bool, str]:
    """Whether any model knows more than a constant, and the sentence."""
    metric = "r2" if work.is_regression else "f1" if work.data.task is Task.MULTI_LABEL else "auroc"
    goal = default_goal(metric)
    best = max(candidates, key=lambda one: worth(goal, one.given).value)
    rows = np.arange(len(best.given))
    groups = None if work.plan is None else _groups(work, len(rows))
    low, high = interval(goal, best.given, None, groups, work.settings.seed)
    value = worth(goal, best.given).value
    said = f"{goal.first.about.title} of {best.title} {number(value)} [{number(low)}, {number(high)}]"
    if low > CHANCE[metric]:
        return True, f"There is something to learn: {said}, and {number(CHANCE[metric])} is chance."
    return False, f"Next to no signal: {said}, and {number(CHANCE[metric])} is chance."


def _groups(work: Work, size: int) -> Any:
    from unstuck.fit.crossed import held_rows

    groups = work.groups(held_rows(work))
    return groups if groups is None or len(groups) == size else None
