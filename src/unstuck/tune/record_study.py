"""From the trials in the storage to the events of a study record."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from unstuck.record.events.study import SearchedParameter, StudySetup, StudyTrial
from unstuck.tune.confirmed import confirmed_trials, kept_of
from unstuck.tune.improvement_slices import improvement_slices
from unstuck.tune.objective.built import CONDITIONS
from unstuck.tune.objective.outcome import TrialStatus
from unstuck.tune.reaper import MESSAGE, RETRY_OF
from unstuck.tune.sampler.gp_sampler import CHAIN
from unstuck.tune.sampler.numbering import all_trials
from unstuck.tune.sampler.observations import LOST
from unstuck.tune.sampler.unit_cube import union_space
from unstuck.tune.samplers import SOURCE, USED_UP
from unstuck.tune.search import OUTCOME, SURPLUS

if TYPE_CHECKING:
    from optuna.study import Study

    from unstuck.record.events.base import Event
    from unstuck.record.writer import PartWriter
    from unstuck.tune.plan import Plan

FEW = 4
"""complete trials below which nothing can be said of importances"""
MOST_ANSWER = 300


def write_study(writer: PartWriter, plan: Plan, study: Study, storage: str) -> None:
    """Write everything that is known of a study."""
    for event in events_of(plan, study, storage):
        writer.write(event, essential=True)


def events_of(plan: Plan, study: Study, storage: str) -> Iterator[Event]:
    """Setup, parameters, trials, confirmed trials, what the model believes."""
    settings = plan.settings
    best = best_of(study)
    yield StudySetup(
        name=study.study_name, target=plan.target, objective=plan.objective_words, maximize=settings.maximize,
        sampler=settings.sampler, pruner=settings.pruner, storage=storage, seed=settings.seed,
        trials=_asked(plan, study),
        executions=settings.executions,
        command=command_of(plan, study),
    )  # fmt: skip
    trials = [one for one in all_trials(study) if one.user_attrs.get(LOST) != SURPLUS]
    shares, evaluator = importances(study)
    for name, distribution in union_space([one.distributions for one in trials]).items():
        condition = next((c[name] for one in trials if name in (c := one.user_attrs.get(CONDITIONS, {}))), "")
        yield _parameter(name, distribution, condition, shares.get(name), evaluator)
    yield from map(trial_event, trials)
    yield from confirmed_trials(study)
    if best is not None:
        yield from improvement_slices(study, best, shares)


def command_of(plan: Plan, study: Study) -> str:
    """What trains with the setting to be chosen, as it is typed; "" for a build function."""
    chosen = chosen_of(study)
    return "" if chosen is None or plan.command is None else plan.command(dict(chosen.params))


def _asked(plan: Plan, study: Study) -> int:
    """Trials that were asked for; of a grid that is used up, as many as it has."""
    ended = sum(one.state.is_finished() and LOST not in one.user_attrs for one in all_trials(study))
    return min(plan.settings.trials, ended) if USED_UP in study.user_attrs else plan.settings.trials


def best_of(study: Study) -> FrozenTrial | None:
    """The trial with the best finite value; None where there is none."""
    finished = [
        one for one in all_trials(study)
        if one.state == TrialState.COMPLETE and one.value is not None and math.isfinite(one.value)
    ]  # fmt: skip
    if not finished:
        return None
    sign = -1.0 if study.direction.name == "MAXIMIZE" else 1.0
    return min(finished, key=lambda one: sign * float(one.value or 0.0))


def chosen_of(study: Study) -> FrozenTrial | None:
    """The trial with the best mean over other seeds, where some were trained again; else that with the best value."""
    means = {number: math.fsum(kept.values()) / len(kept) for number, kept in kept_of(study).items()}
    finite = {number: mean for number, mean in means.items() if math.isfinite(mean)}
    if not finite:
        return best_of(study)
    sign = -1.0 if study.direction.name == "MAXIMIZE" else 1.0
    number = min(finite, key=lambda one: sign * finite[one])
    return next(one for one in all_trials(study) if one.number == number)


def _parameter(
    name: str, distribution: BaseDistribution, condition: str, share: float | None, evaluator: str
) -> SearchedParameter:
    about: dict[str, Any] = {"name": name, "condition": condition, "importance": share}
    about["evaluator"] = evaluator if share is not None else ""
    if isinstance(distribution, CategoricalDistribution):
        return SearchedParameter(choices=tuple(map(str, distribution.choices)), **about)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return SearchedParameter(
        low=float(distribution.low), high=float(distribution.high), log=distribution.log,
        whole=isinstance(distribution, IntDistribution), **about,
    )  # fmt: skip


def status_of(trial: FrozenTrial) -> TrialStatus:
    """How a trial ended, or how it stands."""
    if LOST in trial.user_attrs:
        return TrialStatus.LOST
    if trial.state == TrialState.COMPLETE:
        return (
            TrialStatus.COMPLETE if math.isfinite(trial.value or math.nan) or trial.value == 0 else TrialStatus.DIVERGED
        )
    if trial.state == TrialState.FAIL:
        kept = _outcome(trial).get("status")
        return TrialStatus.DIVERGED if kept == TrialStatus.DIVERGED else TrialStatus.FAILED
    return TrialStatus(trial.state.name.lower())


def trial_event(trial: FrozenTrial) -> StudyTrial:
    """One trial as an event."""
    kept = _outcome(trial)
    took = trial.duration
    value = trial.value if trial.state in (TrialState.COMPLETE, TrialState.PRUNED) else None
    loss = kept.get("training_loss")
    return StudyTrial(
        number=trial.number, status=str(status_of(trial)), setting=dict(trial.params), value=value,
        values=tuple(float(one) for one in kept.get("values", ())),
        intermediate=tuple(trial.intermediate_values[step] for step in sorted(trial.intermediate_values)),
        seconds=None if took is None else took.total_seconds(), message=str(trial.user_attrs.get(MESSAGE, "")),
        record=str(kept.get("record", "")), verdict=str(kept.get("verdict", "")),
        answer=str(kept.get("answer", ""))[:MOST_ANSWER], training_loss=None if loss is None else float(loss),
        parameters=kept.get("parameters"), source=_source(trial),
    )  # fmt: skip


def _source(trial: FrozenTrial) -> str:
    if RETRY_OF in trial.user_attrs:
        return "retry"
    return "model" if CHAIN in trial.system_attrs else str(trial.system_attrs.get(SOURCE, ""))


def _outcome(trial: FrozenTrial) -> Mapping[str, Any]:
    kept = trial.user_attrs.get(OUTCOME)
    return kept if isinstance(kept, dict) else {}


def importances(study: Study) -> tuple[dict[str, float], str]:
    """Share of each hyper-parameter in the variance of the objective, by Optuna; and by which method."""
    from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator, get_param_importances

    finished = [one for one in all_trials(study) if status_of(one) is TrialStatus.COMPLETE]
    if len(finished) < FEW:
        return {}, ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, make in (
            ("fANOVA", lambda: FanovaImportanceEvaluator(seed=0)), ("PED-ANOVA", lambda: PedAnovaImportanceEvaluator())
        ):  # fmt: skip
            try:
                found = get_param_importances(study, evaluator=make())
            except (ImportError, ValueError, RuntimeError):  # scikit-learn is missing, or all values are the same
                continue
            return {key: float(value) for key, value in found.items()}, name
    return {}, ""
