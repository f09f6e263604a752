"""Run a search and keep it as a record of kind study."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.record import schema
from unstuck.record.manifest import RecordKind
from unstuck.record.writer import PartWriter
from unstuck.tune.libraries import check_installed
from unstuck.tune.plan import Plan, storage_in_words
from unstuck.tune.pruners import pruner_of
from unstuck.tune.samplers import Sampler, sampler_of
from unstuck.tune.search import Search
from unstuck.tune.storage import answering
from unstuck.tune.uninterrupted import Terminated
from unstuck.watch.directory import Manifest, make_directory, origin

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

TRIALS = "trials"
"""folder of the records of trials, in the record of the study"""
Ended = Callable[["Study", "FrozenTrial"], object]


def search_of(plan: Plan, study: Study, folder: Path, deadline: float | None = None) -> Search:
    """What a worker needs: sampler, pruner, objective."""
    settings = plan.settings
    sampler = sampler_of(settings.sampler, settings.seed, settings.trials, per_second=settings.per_second)
    assert isinstance(sampler, Sampler)
    study.sampler = sampler
    study.pruner = pruner_of(settings.pruner)
    return Search(study=study, objective=plan.make(folder / TRIALS, sampler), trials=settings.trials, deadline=deadline)


def run_study(
    plan: Plan,
    *,
    argv: Sequence[str] = (),
    begun: Callable[[Study], object] = lambda _: None,
    ended: Ended = lambda *_: None,
    then: Callable[[Study, Path], object] = lambda *_: None,
) -> tuple[Path, Study]:
    """Search; the record and the study. What is finished is kept however it ends.

    Args:
        plan: what is searched.
        argv: the command, for the manifest.
        begun: is called with the study before the first trial.
        ended: is called with every trial that has ended.
        then: is called when the search is over, with the folder of records; what it keeps is in the record.

    Raises:
        UsageError: the search cannot go on; the message says why.
    """
    check_installed()
    from unstuck.tune.record_study import write_study

    began = time.perf_counter()
    study, storage = plan.opened()
    begun(study)
    directory = make_directory(plan.settings.dir, f"tune-{plan.stem}")
    facts: dict[str, object] = {"argv": list(argv), "python": sys.executable, "kind": RecordKind.STUDY, **origin()}
    manifest = Manifest(directory, facts)
    how = "finished"
    try:
        with answering(storage):
            _search(plan, study, storage, directory, ended)
            then(study, directory / TRIALS)
    except (KeyboardInterrupt, Terminated):
        how = "interrupted"
        raise
    except BaseException:
        how = "failed"
        raise
    finally:
        writer = PartWriter(directory / schema.PARTS / "0", {"pid": os.getpid(), "rank": 0})
        try:
            with answering(storage):
                write_study(writer, plan, study, storage_in_words(storage))
        finally:
            writer.close()
            manifest.add(ended=how, duration=round(time.perf_counter() - began, 3))
    return directory, study


def _search(plan: Plan, study: Study, storage: str, directory: Path, ended: Ended) -> None:
    settings = plan.settings
    deadline = None if settings.timeout is None else time.monotonic() + settings.timeout
    (directory / TRIALS).mkdir()
    if settings.workers == 1:
        search = search_of(plan, study, directory, deadline)
        search.ended = lambda trial: ended(study, trial)
        search.work()
        return
    from unstuck.tune.packed import Packed
    from unstuck.tune.workers import work_in_processes

    packed = Packed(
        plan=plan,
        storage=storage,
        study=study.study_name,
        folder=directory,
        seconds=settings.timeout,
        path=list(sys.path),
        parent=os.getpid(),
    )
    work_in_processes(study, _pickled(packed), settings.workers, directory, lambda trial: ended(study, trial))


def _pickled(value: object) -> bytes:
    try:
        import cloudpickle
    except ModuleNotFoundError as error:
        raise UsageError("Several workers need cloudpickle. Install it: pip install 'unstuck[tune]'.") from error
    try:
        packed: bytes = cloudpickle.dumps(value)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise UsageError(
            f"The search cannot be given to other processes: {type(error).__name__}: {error}. Make what cannot be "
            "copied inside of the build function, or use one worker."
        ) from error
    return packed
