"""The ladder: the rungs in their order, each of which may end it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from unstuck.audit.settings import AuditSettings
from unstuck.baseline.metrics import default_metric
from unstuck.core.data_types import ColumnType, Form
from unstuck.core.errors import UsageError
from unstuck.fit.clock import Clock
from unstuck.fit.data import Data, read_data
from unstuck.fit.goal import Goal, default_goal, parse_goal
from unstuck.fit.journal import Journal
from unstuck.fit.narrator import Narrator
from unstuck.fit.preparation import prepare
from unstuck.fit.request import open_folder
from unstuck.fit.series import is_series
from unstuck.fit.settings import FitSettings
from unstuck.fit.work import Work

Write = Callable[[str], object]
Progress = Callable[[str, float], object]
MANY = 50_000
"""numbers of all inputs of a batch beyond which several threads help"""


def climb(
    splits: Mapping[str, object], reading: AuditSettings, settings: FitSettings, write: Write, progress: Progress
) -> Work:
    """Go up the ladder; everything is in the folder of the settings afterwards.

    Args:
        splits: name of each split and what it is read from; the training split is the first.
        reading: how it is read.
        settings: what was asked for.
        write: prints.
        progress: is called with what is being done.

    Raises:
        UsageError: it cannot be done; the message says why.
    """
    _check_torch()
    spent = Clock()
    goal = parse_goal(settings.goal) if settings.goal else None
    data = read_data(splits, replace(reading, seed=settings.seed), settings.positive, progress)
    goal = goal or _default_goal(data)
    goal.check(data.task)
    with _one_thread(data):
        work = _opened(data, goal, reading, settings, Narrator(write, progress))
        _rungs(work, splits, spent)
    return work


def _rungs(work: Work, splits: Mapping[str, object], spent: Clock) -> None:
    from unstuck.fit.assemble import assemble
    from unstuck.fit.choose import choose
    from unstuck.fit.deliver import deliver
    from unstuck.fit.rungs.data_audit import audit_data
    from unstuck.fit.rungs.final import evaluate_once
    from unstuck.fit.rungs.planning import plan_fit
    from unstuck.fit.rungs.shallow import fit_baselines
    from unstuck.fit.rungs.success import say_goal

    rungs = work.settings.rungs
    say_goal(work)
    if "audit" in rungs:
        audit_data(work, splits)
    plan_fit(work, work.facts["request"], spent)
    if fit_baselines(work):
        _networks(work)
    if "evaluate" not in rungs:
        work.narrator.keep(work.folder)
        return
    chosen, why = choose(work)
    delivered = assemble(work, chosen)
    evaluate_once(work, chosen, why, delivered)
    deliver(work, delivered)


def _networks(work: Work) -> None:
    from unstuck.fit.ramp import ramp
    from unstuck.fit.regularise import regularise
    from unstuck.fit.rungs.first_network import first_network
    from unstuck.fit.squeeze import squeeze
    from unstuck.fit.tuning import tune_network

    steps = (("ramp", ramp), ("regularise", regularise), ("tune", tune_network))
    crossed = first_network(work)
    for name, climb_rung in steps:
        if name in work.settings.rungs:
            crossed = climb_rung(work, crossed)
    work.facts["recipe"] = asdict(crossed.recipe)
    if "squeeze" in work.settings.rungs:
        squeeze(work, crossed)


def _check_torch() -> None:
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError("A fit needs torch. Install it: pip install 'unstuck[torch,audit]'.") from error


def _default_goal(data: Data) -> Goal:
    import numpy as np

    shares: tuple[float, ...] = ()
    if data.task.has_classes:
        counts = np.bincount(data.y)
        shares = tuple(float(one) for one in counts[counts > 0] / counts.sum())
    return default_goal(default_metric(data.task, shares))


def _opened(data: Data, goal: Goal, reading: AuditSettings, settings: FitSettings, narrator: Narrator) -> Work:
    preparation = prepare(data.train, data.columns, data.classes, data.positive)
    opened = open_folder(settings, data, str(goal))
    folder = Path(settings.out).resolve()
    journal = Journal(folder)
    work = Work(
        settings=settings, reading=reading, goal=goal, data=data, preparation=preparation, folder=folder,
        journal=journal, narrator=narrator, structure=structure_of(data, settings),
    )  # fmt: skip
    work.facts["request"] = opened.digest
    if opened.resumed:
        narrator.note(f"{settings.out} holds an interrupted fit of this request: it goes on where that ended.")
    return work


def structure_of(data: Data, settings: FitSettings) -> str:
    """Which kind of network fits the data."""
    if data.form is Form.IMAGE:
        return "images"
    if data.form is Form.TEXT:
        return "words"
    if data.form is not Form.TABLE:
        raise UsageError(f"A fit takes tables, images and texts. This data is of the form {data.form} (--form).")
    numbers = all(column.type is ColumnType.NUMBER for column in data.train.columns)
    if settings.network in ("convolution", "recurrent") and not numbers:
        raise UsageError(f"A network of the kind {settings.network} needs columns of numbers only, in their order.")
    if settings.network != "auto":
        return settings.network
    return "convolution" if numbers and is_series(data.train) else "dense"


@contextmanager
def _one_thread(data: Data) -> Iterator[None]:
    """Small networks are faster with one thread, and sums are made in the same order on every machine."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    states: Any = _states()
    torch.set_num_threads(1 if data.form is Form.TABLE else before)
    try:
        with threadpool_limits(limits=1 if data.form is Form.TABLE else None), warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")  # of folds with rare classes
            yield
    finally:
        torch.set_num_threads(before)
        _put_back(states)


def _states() -> Any:
    from unstuck.preflight.state import generators

    return generators()


def _put_back(states: Any) -> None:
    from unstuck.preflight.state import set_generators

    set_generators(states)
