"""From the words of ``unstuck tune`` to a plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.tune.call import plan_of as plan_of_build
from unstuck.tune.confirm import confirm
from unstuck.tune.making import MakeBuilt, MakeScript
from unstuck.tune.objective.script import Script, check_metric
from unstuck.tune.objective.training_loop import METRICS
from unstuck.tune.plan import Plan, digest_of, stem_of
from unstuck.tune.record_study import best_of, chosen_of
from unstuck.tune.space.set_option import parameters
from unstuck.watch.directory import digest
from unstuck.watch.launch import find_interpreter
from unstuck.watch.target import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from optuna.study import Study

    from unstuck.tune.progress import Progress
    from unstuck.tune.settings import TuneSettings

EXAMPLE = "`unstuck tune train.py --set lr=1e-5..1e-1:log` or `unstuck tune models:build --data data:train`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says beside the settings."""

    words: tuple[str, ...]
    space: tuple[str, ...] = ()
    data: str | None = None
    val: str | None = None
    target: str | None = None
    form: str = ""
    python: str | None = None
    save: Path | None = None
    confirm: int = 0
    confirm_seeds: int = 5


def plan_of(asked: Asked, settings: TuneSettings) -> Plan:
    """The plan of a search.

    Raises:
        UsageError: something cannot be used; the message says what to do.
    """
    from unstuck.audit.sources.modules import is_spelled

    if asked.confirm < 0 or asked.confirm_seeds < 1:
        raise UsageError(
            f"To confirm, at least one trial and one seed are needed. Got --confirm {asked.confirm} and "
            f"--confirm-seeds {asked.confirm_seeds}."
        )
    if not asked.words:
        raise UsageError(f"Name what is to be tuned: {EXAMPLE}.")
    if is_spelled(asked.words[0]):
        return _of_build(asked, settings)
    return _of_script(asked, settings)


def _of_build(asked: Asked, settings: TuneSettings) -> Plan:
    if len(asked.words) > 1:
        raise UsageError(f"A build function takes no arguments: {' '.join(asked.words[1:])}.")
    if asked.python or asked.form:
        raise UsageError("--python and --as are for scripts; a build function runs in this interpreter.")
    if settings.metric is not None and "(" in settings.metric:
        raise UsageError(
            f"--metric {settings.metric!r} is a pattern of printed output, and a build function prints none. "
            f"Give {' or '.join(METRICS)}, or a key of what the training function returns."
        )
    _check_save(asked.save)
    make = MakeBuilt(
        build=asked.words[0], data=asked.data, val=asked.val, target=asked.target, space=parameters(asked.space),
        settings=settings,
    )  # fmt: skip
    return plan_of_build(make)


def _of_script(asked: Asked, settings: TuneSettings) -> Plan:
    for name, value in (
        ("--data", asked.data),
        ("--val", asked.val),
        ("--target", asked.target),
        ("--save", asked.save),
    ):
        if value is not None:
            raise UsageError(f"{name} is for build functions: a script reads and writes its own files.")
    target = parse(list(asked.words))
    if target.kind == "stdin":
        raise UsageError("A script from standard input can be run only once. Give a file.")
    space = parameters(asked.space)
    if not space:
        raise UsageError(f"Nothing is to be searched. Name the options with --set: {EXAMPLE}.")
    if settings.metric is not None:
        check_metric(settings.metric)
    elif settings.maximize:
        raise UsageError("A held-out loss is to be small. Leave out --maximize, or give a --metric that is printed.")
    make = MakeScript(
        target=target, space=space, form=_checked(asked.form), python=find_interpreter(asked.python), settings=settings
    )
    what = digest(Path(target.what)) if target.kind == "script" else target.what
    return Plan(
        target=" ".join(target.command), stem=stem_of(target.stem), make=make, settings=settings, space=space,
        digest=digest_of(
            settings, program=what, arguments=target.arguments, space=list(map(repr, space)), form=asked.form
        ),
        objective_words="held-out loss" if settings.metric is None else name_of(settings.metric),
        command=_Command(make),
    )  # fmt: skip


@dataclass(frozen=True)
class _Command:
    """What trains with a setting."""

    make: MakeScript

    def __call__(self, setting: dict[str, object]) -> str:
        script: Script = self.make(Path())
        return script.command(setting)  # type: ignore[arg-type]


def name_of(pattern: str) -> str:
    """What a pattern measures: the words before its group."""
    words = "".join(one if one.isalnum() or one in "_ -" else " " for one in pattern.partition("(")[0]).strip()
    return words or "metric"


def _checked(form: str) -> str:
    if form and "{value}" not in form:
        raise UsageError(f"--as {form} does not say where the value stands. Expected such as '{{name}}={{value}}'.")
    return form


def _check_save(path: Path | None) -> None:
    if path is not None and not path.absolute().parent.is_dir():
        raise UsageError(f"The folder of {path} does not exist. Make it first; nothing was started.")


def afterwards(plan: Plan, progress: Progress, top: int, seeds: int) -> Callable[[Study, Path], None]:
    """What is done when the search is over: the best ``top`` trials are trained again, unless that is 0."""

    def then(study: Study, folder: Path) -> None:
        if not progress.ended:
            progress.say("no trial is left to run; more with --trials, afresh with --new")
        if top and best_of(study) is not None:
            confirm(study, plan.make(folder, None), top, seeds, progress.say)

    return then


def save_best(plan: Plan, study: Study, path: Path) -> None:
    """Train the best module again and save its weights.

    Raises:
        UsageError: the build function makes no module.
    """
    import torch

    from unstuck.tune.objective.built import Built
    from unstuck.tune.objective.seeds import seed_all
    from unstuck.tune.space.hyper_parameters import HyperParameters, of_setting

    best = chosen_of(study)
    objective = plan.make(Path(), None)
    if best is None or not isinstance(objective, Built):
        raise UsageError("There is no best module to be saved: no trial came to a finite value.")
    seed_all(plan.settings.seed)
    model = objective.once(HyperParameters(of_setting(best.params)), lambda *_: None)[1]
    if not hasattr(model, "state_dict"):
        raise UsageError("--save saves the weights of a module, and the build function returns something else.")
    torch.save(model.state_dict(), path)
