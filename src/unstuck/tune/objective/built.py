"""The objective of a build function: what it returns is trained in this process, and watched."""

from __future__ import annotations

import inspect
import math
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.tune.objective.outcome import Outcome, TrialStatus
from unstuck.tune.objective.run_facts import (
    RunFacts,
    facts_of,
    held_out_curve,
    outcome_of,
    why_diverged,
    without_our_line,
)
from unstuck.tune.objective.seeds import seed_all
from unstuck.tune.objective.training_data import TrainingData
from unstuck.tune.objective.training_loop import LoopSettings, Loss, train
from unstuck.tune.space.from_trial import from_trial
from unstuck.tune.space.hyper_parameters import HyperParameters, of_setting
from unstuck.tune.space.parameter import Value, is_learning_rate
from unstuck.tune.uninterrupted import Terminated

if TYPE_CHECKING:
    from optuna.trial import Trial

    from unstuck.tune.objective.outcome import Report

FRESH = 1000
"""distance of the seeds of further trainings from those of the search"""
RATE = ("learning_rate", 1e-5, 1.0)
"""is searched where a build function returns a module and asks for no learning rate itself"""
Build = Callable[[HyperParameters], Any]
MOST_MESSAGE = 400
CONDITIONS = "unstuck:conditions"
"""attribute of a trial: when its parameters are searched, in words"""


@dataclass(frozen=True, kw_only=True)
class Built:
    """What is to be done with a setting."""

    build: Build
    data: TrainingData | None = None
    loss: Loss | None = None
    metric: str | None = None
    epochs: int = 20
    executions: int = 1
    seed: int = 0
    folder: Path = Path()
    """of the records of trials"""
    defaults: Callable[[str, Value], object] = field(default=lambda *_: None)
    """is told the defaults of parameters before they are drawn"""

    def __call__(self, trial: Trial) -> Outcome:
        """One trial: as many trainings as executions; their mean counts."""
        from optuna import TrialPruned

        values: list[float] = []
        path = Path()
        for execution in range(self.executions):
            hp = HyperParameters(
                from_trial(trial),
                asked=lambda one: self.defaults(one.name, one.default) if one.default is not None else None,
            )
            report = _reporting(trial) if execution == self.executions - 1 else _silent
            try:
                value, path = self.watched(hp, self.seed + execution, f"trial-{trial.number}", report)
                _keep_conditions(trial, hp)
            except TrialPruned:
                return self._outcome(TrialStatus.PRUNED, values, path)
            except (UsageError, Terminated):
                raise
            except (Exception, SystemExit) as error:
                return Outcome(status=TrialStatus.FAILED, message=in_words(error), record=str(path))
            if not hp.space:
                raise UsageError(
                    "The build function asked for no hyper-parameter, so there is nothing to search. Ask for one, as "
                    "in hp.Float('learning_rate', 1e-5, 1e-1, sampling='log')."
                )
            values.append(value)
        return self._ended(values, path)

    def _ended(self, values: list[float], path: Path) -> Outcome:
        finite = all(map(math.isfinite, values))
        return self._outcome(TrialStatus.COMPLETE if finite else TrialStatus.DIVERGED, values, path)

    def _outcome(self, status: TrialStatus, values: list[float], path: Path) -> Outcome:
        facts = without_our_line(facts_of(path)) if path.name else RunFacts()
        return outcome_of(status, values, path, facts, why_diverged(values, facts))

    def again(self, setting: Mapping[str, Value], number: int) -> Outcome:
        """Train once more with a setting and a seed that the search has not used."""
        hp = HyperParameters(of_setting(setting))
        try:
            value, path = self.watched(hp, self.fresh_seed(number), "confirmed", _silent)
        except (UsageError, Terminated):
            raise
        except (Exception, SystemExit) as error:
            return Outcome(status=TrialStatus.FAILED, message=in_words(error))
        return self._ended([value], path)

    def fresh_seed(self, number: int) -> int:
        """A seed that no trial of the search has."""
        return self.seed + self.executions + FRESH + number

    def watched(self, hp: HyperParameters, seed: int, name: str, report: Report) -> tuple[float, Path]:
        """One training inside of a watched block: its value and its record."""
        from optuna import TrialPruned

        from unstuck.run import watch

        seed_all(seed)
        pruned: TrialPruned | None = None
        with watch(dir=self.folder / name, data=False) as run:  # the same data in every trial
            try:
                value = self.once(hp, report)[0]
            except TrialPruned as error:  # the program did not raise: we stopped it
                pruned, value = error, math.nan
        if pruned is not None:
            raise pruned
        if value is None:
            curve = held_out_curve(run.record)
            if not curve:
                raise UsageError(
                    "The build function, or the training function that it returned, returned nothing, and no held-out "
                    "loss was seen while it ran. Return a module, a training function, or the value that is to be "
                    "made small; or compute the loss on held-out data without a backward call."
                )
            value = curve[-1]
        return value, run.path

    def once(self, hp: HyperParameters, report: Report) -> tuple[float | None, Any]:
        """Build and train with one setting: the value, None where it is to be read from the record; the model."""
        made = self.build(hp)
        module, optimizer = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
        if hasattr(module, "parameters") and hasattr(module, "forward"):
            if self.data is None:
                raise UsageError(
                    "The build function returns a module, and there is no data to train it on. Give --data."
                )
            if optimizer is None and not any(is_learning_rate(name) for name in hp.values):
                hp.Float(RATE[0], RATE[1], RATE[2], sampling="log", default=1e-3)
            settings = LoopSettings.of(hp.values, self.epochs)
            value = train(module, optimizer, self.data, settings, report=report, loss=self.loss, metric=self.metric)
            return value, module
        if callable(made):
            return self._number(made(report) if _takes_one(made) else made()), made
        return self._number(made), None

    def _number(self, result: Any) -> float | None:
        """What a training function returned, as a number."""
        if isinstance(result, Mapping):
            name = self.metric or next((one for one in ("val_loss", "loss") if one in result), None)
            if name is None and len(result) == 1:
                name = next(iter(result))
            if name not in result:
                raise UsageError(
                    f"The training function returned {', '.join(map(str, result))}, and {name or 'nothing'} was asked "
                    "for. Name one of them with --metric."
                )
            result = result[name]
        if result is None:
            return None
        try:
            return float(result)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"The build function returned a value of type {type(result).__name__}. Expected a torch module, a pair "
                "(module, optimizer), a training function, or a number."
            ) from error


def _keep_conditions(trial: Trial, hp: HyperParameters) -> None:
    conditions = {name: one.condition for name, one in hp.space.items() if one.condition}
    if conditions:
        trial.set_user_attr(CONDITIONS, conditions)


def _silent(step: int, value: float) -> None:
    """Of executions before the last: only one of them can be pruned."""


def _reporting(trial: Trial) -> Report:
    from optuna import TrialPruned

    def report(step: int, value: float) -> None:
        trial.report(float(value), int(step))
        if trial.should_prune():
            raise TrialPruned

    return report


def _takes_one(function: Callable[..., Any]) -> bool:
    """Whether a training function wants to report how it comes on."""
    try:
        wanted = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(
        one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in wanted
    )


def in_words(error: BaseException) -> str:
    """An exception with the innermost line of the user's."""
    from unstuck.watch.source import Frames

    is_user = Frames().is_user
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_user(frame.filename)]
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = str(error).strip().split("\n", 1)[0][:MOST_MESSAGE]
    return f"{type(error).__name__}{f': {text}' if text else ''}{where}"
