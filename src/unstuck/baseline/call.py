"""`unstuck.baseline` as a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from unstuck.analysis.data.measure import Progress, silent
from unstuck.audit.call import settings_of
from unstuck.audit.splits import splits_of
from unstuck.baseline.produce import produce
from unstuck.baseline.settings import BaselineSettings
from unstuck.run import Run
from unstuck.watch.directory import DEFAULT


def baseline(
    data: object,
    y: object = None,
    *,
    target: str | int | Sequence[str] | None = None,
    val: object = None,
    test: object = None,
    task: str | None = None,
    types: Mapping[str, str] | None = None,
    group: str | None = None,
    time: str | None = None,
    header: bool | None = None,
    form: str | None = None,
    metric: str | None = None,
    folds: int | None = None,
    human_error: float | None = None,
    annotations: Path | str | None = None,
    scalers: bool = False,
    rows: int = BaselineSettings.rows,
    seconds: float = BaselineSettings.seconds,
    seed: int = BaselineSettings.seed,
    dir: Path | str = DEFAULT,  # noqa: A002 - as the option of `unstuck baseline`
    progress: Progress = silent,
) -> Run:
    """What simple models reach, and so what a network must beat: ``unstuck.baseline(X, y).show()``.

    Args:
        data: as for `unstuck.audit`: a path, arrays, a frame, a data set, a loader.
        y: the labels of array data.
        target: names of the target columns of a table, or their positions: 1 is the first, -1 the last.
        val: validation data in the same form; with ``y`` a pair ``(X_val, y_val)``.
        test: test data in the same form. The number to beat is that of the last held-out split.
        task: as for `unstuck.audit`; inferred by default.
        types: of columns, by name; inferred by default.
        group: column of groups: no group is in both parts of a fold.
        time: column of time: every fold is predicted from earlier rows.
        header: as for `unstuck.audit`; inferred by default.
        form: what one example is; inferred by default.
        metric: that decides: ``accuracy``, ``balanced_accuracy``, ``f1`` (macro), ``average_precision`` (rarer class),
            ``r2``, ``rmse``, ``mae``. By default by the task, and by how rare the rarest class is.
        folds: of the cross-validation; by default 10 below 1,000 rows, else 5.
        human_error: share of examples that a person gets wrong.
        annotations: a table with the columns ``row`` and ``label`` to work out the human error from.
        scalers: also compare nine scalers with eight models.
        rows: rows of a split that are used; of a larger split they are drawn at random.
        seconds: a model that would take longer than what is left of this is skipped.
        seed: of every random choice.
        dir: folder of the records.
        progress: called with what is being done and the share that is done.

    Raises:
        UsageError: the data cannot be read, or nothing can be predicted; the message says why.
    """
    reading = settings_of(target, task, types, form, group=group, time=time, header=header, seed=seed)
    settings = BaselineSettings(
        metric=metric, folds=folds, human_error=human_error, scalers=scalers, rows=rows, seconds=seconds, seed=seed,
        annotations=None if annotations is None else Path(annotations),
    )  # fmt: skip
    given = splits_of(data if y is None else (data, y), val, test)
    return Run(produce(given, reading, settings, Path(dir), progress=progress))
