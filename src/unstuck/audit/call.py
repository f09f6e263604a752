"""`unstuck.audit` as a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unstuck.analysis.data.measure import Progress, silent
from unstuck.audit.annotations import read_annotations
from unstuck.audit.produce import produce
from unstuck.audit.settings import AuditSettings
from unstuck.audit.splits import splits_of
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.errors import UsageError
from unstuck.run import Run
from unstuck.watch.directory import DEFAULT


def audit(
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
    rows: int = AuditSettings.rows,
    look: int = AuditSettings.look,
    annotate: int = AuditSettings.annotate,
    annotations: Path | str | None = None,
    seed: int = AuditSettings.seed,
    dir: Path | str = DEFAULT,  # noqa: A002 - as the option of `unstuck audit`
    progress: Progress = silent,
) -> Run:
    """Examine a data set: ``unstuck.audit(X, y).show()``, ``unstuck.audit("train.csv", target="y", test="test.csv")``.

    Args:
        data: a path, a NumPy array, a pandas or polars frame, a scikit-learn bunch, a torch data set or loader, a
            Hugging Face or Dask data set. Images are arrays of shape (n, height, width[, channels]).
        y: the labels of array data: shape (n,), or (n, k) for several targets.
        target: names of the target columns of a table, or their positions: 1 is the first, -1 the last.
        val: validation data in the same form; with ``y`` a pair ``(X_val, y_val)``.
        test: test data in the same form.
        task: ``binary``, ``multi-class``, ``multi-label``, ``regression``, ``sequence``, ``none``; inferred by default.
        types: of columns, by name: ``number``, ``category``, ``text``, ``time``, ``identifier``; inferred by default.
        group: column of groups that must not stand on both sides of a split.
        time: column of time.
        header: whether text tables begin with the names of their columns; inferred by default.
        form: what one example is: ``table``, ``image``, ``text``, ``tokens``; inferred by default.
        rows: examples that are looked at one by one; of a larger split they are drawn at random.
        look: random examples to show.
        annotate: examples for a person to label in the report.
        annotations: file of the labels that a person gave, as the report saves it.
        seed: of every random choice of the audit.
        dir: folder of the records.
        progress: called with what is being done and the share that is done.

    Raises:
        UsageError: the data cannot be read; the message says what was expected.
    """
    settings = settings_of(
        target, task, types, form, group=group, time=time, header=header, rows=rows, look=look, annotate=annotate,
        seed=seed, annotations={} if annotations is None else read_annotations(Path(annotations)),
    )  # fmt: skip
    given = splits_of(data if y is None else (data, y), val, test)
    return Run(produce(given, settings, Path(dir), progress=progress))


def settings_of(
    target: str | int | Sequence[str] | None,
    task: str | None,
    types: Mapping[str, str] | None,
    form: str | None,
    **others: Any,
) -> AuditSettings:
    """The settings that arguments of a function mean.

    Raises:
        UsageError: a word is none of those that are known.
    """
    named = () if target is None else (str(target),) if isinstance(target, (str, int)) else tuple(map(str, target))
    try:
        known = {name: ColumnType(kind) for name, kind in (types or {}).items()}
        wanted = None if task is None else Task(task)
        shaped = None if form is None else Form(form)
    except ValueError as error:
        raise UsageError(
            f"{error}. Tasks: {', '.join(Task)}. Column types: {', '.join(ColumnType)}. Forms: {', '.join(Form)}."
        ) from error
    return AuditSettings(target=named, task=wanted, types=known, form=shaped, **others)
