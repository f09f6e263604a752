"""NumPy arrays."""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Column, Sample, Target
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.loaded import Loaded
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.record.events.data.splits import Split


def from_arrays(  # noqa: ARG001
    number: int, name: str, inputs: object, labels: object, settings: AuditSettings, first: Loaded | None
) -> Loaded:
    """A split given as arrays: inputs (n, d) or (n, height, width[, channels]), labels (n,) or (n, k)."""
    x, y = np.asarray(inputs), np.asarray(labels)
    rows = np.arange(len(x))
    if first is not None and first.sample.target is not None:
        classes, task = first.sample.target.classes, first.sample.target.task
    else:
        whole = y.ndim == 1 and (y.dtype.kind in "OUSbiu" or bool(np.all(y == np.round(y))))
        names = np.unique(y) if whole and len(np.unique(y)) <= 100 else np.array([])
        classes = tuple(str(one) for one in names)
        task = Task.REGRESSION if not classes else Task.BINARY if len(classes) == 2 else Task.MULTI_CLASS
    if classes:
        code = {one: at for at, one in enumerate(classes)}
        target = Target(
            names=("target",), task=task, classes=classes, as_given=y,
            codes=np.array([code.get(str(one), -1) for one in y], dtype=np.int64),
        )  # fmt: skip
    else:
        target = Target(
            names=("target",), task=task, values=y.reshape(len(y), -1).astype(np.float64), as_given=y
        )
    split = Split(
        id=number, name=name, source="array", rows=len(x), target="target", targets=("target",), task=task,
        classes=classes, shape=tuple(x.shape[1:]), form=Form.IMAGE if x.ndim > 2 else Form.TABLE,
    )  # fmt: skip
    if x.ndim > 2:
        pixels = x if x.ndim == 4 else x[..., None]
        images = Images(count=len(x), load=lambda at: pixels[at])
        sample = Sample(split=number, name=name, form=Form.IMAGE, rows=rows, images=images, target=target)
    else:
        columns = tuple(
            Column(name=f"x{at}", type=ColumnType.NUMBER, values=np.asarray(x[:, at], dtype=np.float64))
            for at in range(x.shape[1])
        )
        sample = Sample(split=number, name=name, form=Form.TABLE, rows=rows, columns=columns, target=target)
    return Loaded(split=split, sample=sample)
