"""What makes the objective of a search, in this process or in a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.tune.objective.built import Built
from unstuck.tune.objective.script import Script
from unstuck.tune.objective.training_data import TrainingData, training_data
from unstuck.tune.settings import TuneSettings
from unstuck.tune.space.parameter import Parameter, is_learning_rate
from unstuck.watch.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from unstuck.tune.objective.training_loop import Loss
    from unstuck.tune.samplers import Sampler
    from unstuck.tune.space.hyper_parameters import HyperParameters


@dataclass(frozen=True, kw_only=True)
class MakeBuilt:
    """For a build function; one that is named as ``module:build`` is looked up where it is needed."""

    build: Callable[[HyperParameters], Any] | str
    data: object = None
    val: object = None
    target: str | None = None
    loss: Loss | None = None
    space: tuple[Parameter, ...] = ()
    """asked for before the build function does, by ``--set``"""
    settings: TuneSettings

    def __call__(self, folder: Path, sampler: Sampler | None = None) -> Built:
        """The objective, with its records in a folder."""
        build = look_up_build(self.build) if isinstance(self.build, str) else self.build
        settings = self.settings
        return Built(
            build=_with_space(build, self.space), data=self._data(), loss=self.loss, metric=settings.metric,
            epochs=settings.epochs, executions=settings.executions, seed=settings.seed, folder=folder,
            defaults=(lambda *_: None) if sampler is None else sampler.defaults.__setitem__,
        )  # fmt: skip

    def _data(self) -> TrainingData | None:
        if self.data is None:
            return None
        return training_data(self.data, self.val, target=self.target, seed=self.settings.seed)


def _with_space(
    build: Callable[[HyperParameters], Any], space: tuple[Parameter, ...]
) -> Callable[[HyperParameters], Any]:
    """A build function that first asks for what ``--set`` names, such as ``batch_size`` of the loop."""
    if not space:
        return build

    def whole(hp: HyperParameters) -> Any:
        for parameter in space:
            hp.ask(parameter)
        return build(hp)

    return whole


def look_up_build(text: str) -> Callable[[HyperParameters], Any]:
    """The build function that a text names.

    Raises:
        UsageError: there is none.
    """
    from unstuck.audit.sources.modules import look_up

    found = look_up(text)
    if not callable(found):
        raise UsageError(f"{text} is of type {type(found).__name__}. Expected a function `def build(hp): …`.")
    return found


@dataclass(frozen=True, kw_only=True)
class MakeScript:
    """For an unchanged script."""

    target: Target
    space: tuple[Parameter, ...]
    form: str = ""
    python: str | None = None
    settings: TuneSettings

    def __call__(self, folder: Path, sampler: Sampler | None = None) -> Script:
        """The objective, with its records in a folder; the learning rate is the first in every setting."""
        space = tuple(sorted(self.space, key=lambda one: not is_learning_rate(one.name)))
        return Script(
            target=self.target, space=space, folder=folder, form=self.form, metric=self.settings.metric,
            executions=self.settings.executions, prunes=self.settings.pruner != "none", python=self.python,
        )  # fmt: skip
