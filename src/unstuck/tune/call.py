"""``unstuck.tune(build, …)`` as a function, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.record import schema
from unstuck.record.writer import PartWriter
from unstuck.run import Run
from unstuck.tune.confirm import SEEDS, TOP, confirm
from unstuck.tune.confirmed import confirmed_trials
from unstuck.tune.making import MakeBuilt
from unstuck.tune.objective.built import Build, Built
from unstuck.tune.objective.seeds import seed_all
from unstuck.tune.plan import Plan, digest_of, source_of, stem_of
from unstuck.tune.record_study import best_of
from unstuck.tune.run_study import TRIALS, Ended, run_study
from unstuck.tune.settings import TuneSettings
from unstuck.tune.space.hyper_parameters import HyperParameters, of_setting
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from unstuck.tune.objective.training_loop import Loss
    from unstuck.tune.space.parameter import Value


class Tuned(Run):
    """A search that has ended: its record, its best setting, and the model of it."""

    def __init__(self, path: Path, study: Study, make: MakeBuilt) -> None:
        super().__init__(path)
        self.study = study
        """Optuna's own, for everything that Optuna can do with it"""
        self._make = make

    @property
    def best_trial(self) -> FrozenTrial:
        """The trial with the best value.

        Raises:
            UsageError: no trial came to a finite value.
        """
        best = best_of(self.study)
        if best is None:
            raise UsageError("No trial came to a finite value, so there is no best one.")
        return best

    @property
    def best_setting(self) -> dict[str, Value]:
        """Its hyper-parameters."""
        return dict(self.best_trial.params)

    @property
    def best_value(self) -> float:
        """Its objective."""
        return float(self.best_trial.value or 0.0)

    def build_best(self, setting: Mapping[str, Value] | None = None) -> Any:
        """What the build function makes of the best setting, or of another: untrained."""
        seed_all(self._make.settings.seed)
        hp = HyperParameters(of_setting(self.best_setting if setting is None else setting))
        return self._objective.build(hp)

    def train_best(self, setting: Mapping[str, Value] | None = None, *, seed: int | None = None) -> Any:
        """The model of the best setting, or of another, trained again as in its trial.

        Args:
            setting: by default the best one.
            seed: by default that of the search, which gives the same model again.
        """
        seed_all(self._make.settings.seed if seed is None else seed)
        hp = HyperParameters(of_setting(self.best_setting if setting is None else setting))
        return self._objective.once(hp, lambda *_: None)[1]

    def confirm(self, top: int = TOP, seeds: int = SEEDS, told: Callable[[str], object] = lambda _: None) -> Run:
        """Train the best settings again with other seeds; the study with what they came to.

        Args:
            top: how many of the best trials.
            seeds: trainings of each.
            told: what is being done.
        """
        try:
            confirm(self.study, self._objective, top, seeds, told)
        finally:
            add_confirmed(self.path, self.study)
        self.answer().keep()
        return self

    @property
    def _objective(self) -> Built:
        return self._make(self.path / TRIALS)


def add_confirmed(path: Path, study: Study) -> None:
    """Write what trials that were trained again came to into a study's record, as a part of its own."""
    writer = PartWriter(path / schema.PARTS / f"{len(list((path / schema.PARTS).iterdir()))}", {"rank": 0})
    try:
        for event in confirmed_trials(study):
            writer.write(event, essential=True)
    finally:
        writer.close()


def tune(
    build: Build | str,
    data: object = None,
    val: object = None,
    *,
    trials: int = TuneSettings.trials,
    sampler: str = TuneSettings.sampler,
    pruner: str = TuneSettings.pruner,
    seed: int = TuneSettings.seed,
    executions: int = TuneSettings.executions,
    epochs: int = TuneSettings.epochs,
    workers: int = TuneSettings.workers,
    storage: str | None = None,
    study: str | None = None,
    new: bool = False,
    metric: str | None = None,
    maximize: bool = False,
    loss: Loss | None = None,
    target: str | None = None,
    per_second: bool = False,
    timeout: float | None = None,
    dir: Path | str = DEFAULT,  # noqa: A002 - as the option of `unstuck tune`
    ended: Ended = lambda *_: None,
) -> Tuned:
    """Search for hyper-parameters: ``unstuck.tune(build, (X, y), trials=50).show()``.

    Args:
        build: ``def build(hp)``, which asks ``hp.Float``, ``hp.Int``, ``hp.Choice``, ``hp.Boolean`` and returns a torch
            module, a pair (module, optimizer), a training function, or the value itself; or ``"module:build"``.
        data: that a module is trained on: a pair (X, y), a data set, a loader, a table, ``"module:attribute"``.
        val: held-out data in the same form; by default a fifth of the data.
        trials: settings that are tried, those of an earlier, interrupted search included.
        sampler: ``gp``, ``tpe``, ``random`` or ``grid``.
        pruner: ``median``, ``hyperband`` or ``none``: trials worse than others at the same point are stopped.
        seed: of every random choice; the same seed gives the same trials.
        executions: trainings of each trial, whose mean counts.
        epochs: of each training of a module.
        workers: processes that share the trials.
        storage: a path or an address that several machines share; by default a journal file in ``dir``.
        study: name of the study; by default by the build function.
        new: begin afresh where a study of the same search exists.
        metric: of a module ``loss`` or ``accuracy``; else a key of what the training function returns.
        maximize: the objective is to be large.
        loss: of the output and the target; by default by the type of the targets.
        target: the target column of a table.
        per_second: prefer settings that train quickly.
        timeout: seconds after which no trial begins.
        dir: folder of the records.
        ended: is called with the study and every trial that has ended.

    Raises:
        UsageError: the search cannot be done as it was asked for; the message says why.
    """
    settings = TuneSettings(
        trials=trials, sampler=sampler, pruner=pruner, seed=seed, executions=executions, epochs=epochs,
        workers=workers, storage=storage, study=study, new=new, metric=metric,
        maximize=maximize or metric == "accuracy", per_second=per_second, timeout=timeout, dir=Path(dir),
    )  # fmt: skip
    make = MakeBuilt(build=build, data=data, val=val, target=target, loss=loss, settings=settings)
    path, found = run_study(plan_of(make), ended=ended)
    tuned = Tuned(path, found, make)
    tuned.answer().keep()
    return tuned


def plan_of(make: MakeBuilt) -> Plan:
    """The plan of a search over what a build function asks for."""
    settings = make.settings
    name = make.build if isinstance(make.build, str) else getattr(make.build, "__qualname__", "build")
    digest = digest_of(
        settings, build=_source(make.build), space=list(map(str, make.space)), epochs=settings.epochs,
        data=_data_in_words(make.data), target=make.target,
    )  # fmt: skip
    objective = settings.metric or ("objective" if make.data is None else "held-out loss")
    return Plan(
        target=name, stem=stem_of(name.rpartition(":")[2].rpartition(".")[2]), digest=digest, objective_words=objective,
        make=make, settings=replace(settings), space=None,
    )  # fmt: skip


def _source(build: Build | str) -> str:
    """What tells two versions of the search apart."""
    if not isinstance(build, str):
        return source_of(build)
    from unstuck.tune.making import look_up_build

    return f"{build} {source_of(look_up_build(build))}"


def _data_in_words(data: object) -> str:
    """Of data in memory its type alone: a digest of it all would take too long."""
    return data if isinstance(data, str) else type(data).__name__
