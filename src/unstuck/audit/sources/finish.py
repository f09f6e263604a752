"""Make the splits agree: one task, one list of classes, one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

import numpy as np

from unstuck.analysis.data.cell_values import numbers
from unstuck.analysis.data.sample import Array, Sample, Target
from unstuck.analysis.data.task import class_name, class_names, infer_task, one_hot, united
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.loaded import Loaded
from unstuck.core.data_types import Form, Task
from unstuck.core.errors import UsageError
from unstuck.record.events.data.splits import Split

MOST_CLASSES = 10_000


def finish(drafts: Mapping[str, Draft], settings: AuditSettings) -> tuple[Loaded, ...]:
    """All splits, by their names.

    Raises:
        UsageError: the splits do not belong together, or the target does not fit the task.
    """
    first = next(iter(drafts.values()))
    for name, draft in drafts.items():
        _check(name, draft, first)
    task = task_of(first, settings)
    classes: tuple[str, ...] = ()
    if task.has_classes or task is Task.MULTI_LABEL:
        classes = classes_of(list(drafts.values()), task)
        if not settings.task and task is Task.BINARY and len(classes) > 2:
            task = Task.MULTI_CLASS
    unlabelled = any(draft.unlabelled_files for draft in drafts.values())
    named = {PurePath(file).as_posix() for draft in drafts.values() for file in draft.names or () if unlabelled}
    return tuple(
        _loaded(at, name, _without(draft, named), task, classes, settings)
        for at, (name, draft) in enumerate(drafts.items())
    )


def _without(draft: Draft, named: set[str]) -> Draft:
    """Its files without a label, but for those that another split names."""
    return replace(draft, unlabelled_files=tuple(file for file in draft.unlabelled_files if file not in named))


def _check(name: str, draft: Draft, first: Draft) -> None:
    if not draft.total:
        raise UsageError(f"The {name} split holds no examples ({draft.source}). An audit needs at least one.")
    if draft.form is not first.form:
        raise UsageError(
            f"All splits must be of one form. The training split ({first.source}) holds {first.form} data, "
            f"{name} ({draft.source}) {draft.form} data. Say which it is with --form."
        )
    if draft.label_names and first.label_names and len(draft.label_names) != len(first.label_names):
        raise UsageError(
            f"The {name} split ({draft.source}) has {len(draft.label_names)} target columns, the training split "
            f"{len(first.label_names)}. They must be the same."
        )


def task_of(first: Draft, settings: AuditSettings) -> Task:
    """The task, as the user says or as the training target says."""
    if first.labels is None:
        if settings.task not in (None, Task.NONE):
            raise UsageError(f"The task {settings.task} needs a target. Name it with --target, or give y.")
        return Task.NONE
    task = settings.task
    if task is None:
        if first.class_names is not None:
            return Task.BINARY if len(first.class_names) <= 2 else Task.MULTI_CLASS
        return infer_task(_cells(first.labels))
    width = first.labels.shape[1] if first.labels.ndim > 1 else 1
    if task is Task.REGRESSION and _unreadable(first.labels):
        raise UsageError(
            f"The task regression needs numbers in the target. Got {_unreadable(first.labels)!r} in "
            f"{', '.join(first.label_names)} of {first.source}. Leave --task out, or name another target."
        )
    if task.has_classes and width > 1 and not one_hot(np.asarray(_numbers(first.labels))):
        raise UsageError(
            f"The task {task} needs one target column, or one column of 0 and 1 for each class. Got {width} columns. "
            "For several classes at once use --task multi-label."
        )
    return task


def _cells(labels: Array) -> Array:
    """Labels as float64 or objects of str."""
    if labels.dtype == object or labels.dtype.kind in "fiu":
        return labels if labels.dtype == object and _of_texts(labels) else _as_objects(labels)
    if labels.dtype.kind == "b":
        return labels.astype(np.float64)
    return labels.astype(str).astype(object)


def _of_texts(labels: Array) -> bool:
    return all(value is None or isinstance(value, str) for value in labels.reshape(-1))


def _as_objects(labels: Array) -> Array:
    if labels.dtype != object:
        return np.asarray(labels, dtype=np.float64)
    if all(value is None or isinstance(value, (int, float, np.number)) for value in labels.reshape(-1)):
        return np.asarray(labels, dtype=np.float64)
    flat = [None if value is None or value != value else str(value) for value in labels.reshape(-1)]
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(labels.shape)


def _numbers(labels: Array) -> Array:
    cells = _cells(labels)
    if cells.dtype != object:
        return cells
    return numbers(cells.reshape(-1)).values.reshape(cells.shape)


def _unreadable(labels: Array) -> str | None:
    cells = _cells(labels)
    if cells.dtype != object:
        return None
    return next(iter(numbers(cells.reshape(-1)).unreadable), None)


def classes_of(drafts: Sequence[Draft], task: Task) -> tuple[str, ...]:
    """The classes of all splits, those of the first split first.

    Raises:
        UsageError: there are too many to be classes.
    """
    first = drafts[0]
    assert first.labels is not None
    width = first.labels.shape[1] if first.labels.ndim > 1 else 1
    if task is Task.MULTI_LABEL:
        return first.label_names if len(first.label_names) == width else tuple(map(str, range(width)))
    if first.class_names is not None:
        known = [first.class_names, *(draft.class_names or () for draft in drafts[1:])]
        return united(known)
    if width > 1:
        return tuple(map(str, range(width)))
    found = united([class_names(_different(draft)) for draft in drafts])
    if len(found) > MOST_CLASSES:
        raise UsageError(
            f"The target {first.label_names[0]} of {first.source} has {len(found)} different values, too many for "
            "classes. Name another target, or say --task regression."
        )
    return found


def _different(draft: Draft) -> tuple[object, ...]:
    if draft.labels is None:
        return ()
    here = tuple(dict.fromkeys(draft.labels.reshape(-1).tolist()))
    return (*here, *(draft.values_of_label or ()))


def target_of(draft: Draft, task: Task, classes: Sequence[str]) -> Target | None:
    """The target of a split."""
    labels = draft.labels
    if labels is None or task is Task.NONE:
        return None
    names = draft.label_names or ("target",)
    if task is Task.SEQUENCE:
        return Target(names=names, task=task, as_given=labels)
    if task in (Task.REGRESSION, Task.MULTI_LABEL):
        values = _numbers(labels).reshape(len(labels), -1)
        return Target(names=names, task=task, classes=tuple(classes), values=values, as_given=labels)
    code = {name: at for at, name in enumerate(classes)}
    if labels.ndim > 1 and labels.shape[1] > 1:
        rows = np.nan_to_num(_numbers(labels))
        codes = np.where(rows.any(axis=1), rows.argmax(axis=1), -1)
    elif draft.class_names is not None:
        known = np.array([code[name] for name in draft.class_names] or [-1])
        given = _numbers(labels).reshape(-1)
        good = np.isfinite(given) & (given >= 0) & (given < len(draft.class_names))
        codes = np.where(good, known[np.where(good, given, 0).astype(np.int64)], -1)
    else:
        flat = labels.reshape(-1).tolist()
        of = {value: code.get(class_name(value) or "", -1) for value in dict.fromkeys(flat)}
        codes = np.array([of[value] for value in flat], dtype=np.int64)
    return Target(names=names, task=task, classes=tuple(classes), codes=codes.astype(np.int64), as_given=labels)


def _loaded(
    number: int, name: str, draft: Draft, task: Task, classes: tuple[str, ...], settings: AuditSettings
) -> Loaded:
    target = target_of(draft, task, classes)
    whole = len(draft.rows) == draft.total
    split = Split(
        id=number, name=name, source=draft.source, rows=draft.total, looked_at=None if whole else len(draft.rows),
        target=target.names[0] if target else None, targets=target.names if target else (),
        task=task if target else Task.NONE, task_given=settings.task is not None, form=draft.form, shape=draft.shape,
        classes=classes if target else (), group_column=draft.group, time_column=draft.time, notes=draft.notes,
    )  # fmt: skip
    sample = Sample(
        split=number, name=name, form=draft.form, rows=draft.rows.astype(np.int64), columns=draft.columns,
        images=draft.images, texts=draft.texts, tokens=draft.tokens if draft.form is Form.TOKENS else None,
        target=target, groups=draft.groups, times=draft.times, names=draft.names, whole=whole,
        read_again=draft.read_again, unlabelled_files=draft.unlabelled_files, target_images=draft.target_images,
    )  # fmt: skip
    return Loaded(split=split, sample=sample, profiles=draft.profiles, events=draft.events, batches=draft.batches)
