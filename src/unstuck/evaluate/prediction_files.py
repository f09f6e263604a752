"""Predictions from a file, in the place of a model: scores, and labels where the data is not given apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.data.measure import silent
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.read import read
from unstuck.core.data_types import Form
from unstuck.core.errors import UsageError

Array = np.ndarray[Any, Any]
SCORES = ("scores", "probabilities", "probs", "logits", "outputs", "y_score", "y_pred", "predictions", "prediction")
LABELS = ("labels", "label", "y", "y_true", "truth", "target", "targets")
SCORE_COLUMN = re.compile(r"(?:score|prob|probability|logit|p)[_ .:-](.+)", re.IGNORECASE)
SHAPES = (
    "an .npz with `scores` (n, K) and `labels` (n,), or a table with a column `label` and columns `score_CLASS`, or "
    "one column `score` or `prediction`"
)


class FromFile(NamedTuple):
    """What a file of predictions holds."""

    outputs: Array
    truth: Array | None
    """codes or numbers; None where it holds no labels"""
    label_names: tuple[str, ...] | None = None
    """of the codes in ``truth``"""
    classes: tuple[str, ...] | None = None
    """of the columns of ``outputs``"""


def read_predictions(path: Path, target: str | None) -> FromFile:
    """Scores and labels.

    Raises:
        UsageError: the file is missing, or holds something else.
    """
    if not path.is_file():
        raise UsageError(f"There is no file {path}. Expected {SHAPES}.")
    if path.suffix.lower() in (".npz", ".npy"):
        return _of_arrays(path)
    return _of_table(path, target)


def _of_arrays(path: Path) -> FromFile:
    try:
        loaded = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}. Expected {SHAPES}.") from error
    held = {"scores": loaded} if isinstance(loaded, np.ndarray) else {key: loaded[key] for key in loaded.files}
    scores = next((held[key] for key in SCORES if key in held), None)
    if scores is None or scores.dtype.kind not in "fiub" or not scores.ndim or not len(scores):
        raise UsageError(f"{path} holds no scores: its arrays are {', '.join(held) or 'none'}. Expected {SHAPES}.")
    labels = next((held[key] for key in LABELS if key in held), None)
    names = held.get("classes")
    classes = None if names is None else tuple(map(str, names.tolist()))
    if labels is not None and labels.dtype.kind in "US":
        known, codes = np.unique(labels.astype(str), return_inverse=True)
        return FromFile(np.asarray(scores, np.float64), codes, tuple(map(str, known)), classes)
    return FromFile(np.asarray(scores, np.float64), labels, None, classes)


def _of_table(path: Path, target: str | None) -> FromFile:
    (loaded,) = read({"predictions": str(path)}, AuditSettings(form=Form.TABLE, rows=10_000_000), silent)
    columns = {column.name: column.values for column in loaded.sample.columns}
    named_target = loaded.sample.target
    if named_target is not None:  # a column of that name is known for what it is
        codes, values = named_target.codes, named_target.values
        labels = values[:, 0] if codes is None and values is not None else _names(codes, named_target.classes)
        columns[named_target.names[0]] = labels
    known = {name.lower(): name for name in columns}
    if target is not None and target not in columns:
        raise UsageError(f"{path} has no column {target}. Its columns are {', '.join(list(columns)[:12])}.")
    label = target or next((known[name] for name in LABELS if name in known), None)
    named = {name: found[1] for name in columns if name != label and (found := SCORE_COLUMN.fullmatch(name))}
    if named:
        outputs = np.stack([_number(columns[name], name, path) for name in named], axis=1)
        classes: tuple[str, ...] | None = tuple(named.values())
    else:
        single = next((known[name] for name in ("score", *SCORES) if name in known and known[name] != label), None)
        if single is None:
            raise UsageError(f"{path} has no column of scores: {', '.join(list(columns)[:12])}. Expected {SHAPES}.")
        outputs, classes = _number(columns[single], single, path), None
    if label is None:
        return FromFile(outputs, None, None, classes)
    values = columns[label]
    if values.dtype != object:
        return FromFile(outputs, values, None, classes)
    names, codes = np.unique([str(value) for value in values], return_inverse=True)
    return FromFile(outputs, codes, tuple(map(str, names)), classes)


def _names(codes: Array | None, classes: tuple[str, ...]) -> Array:
    """The names of the classes; None where a label is missing."""
    assert codes is not None
    return np.array([classes[code] if code >= 0 else None for code in codes], dtype=object)


def _number(values: Array, name: str, path: Path) -> Array:
    if values.dtype == object:
        try:
            values = np.array([np.nan if value is None else float(value) for value in values])
        except ValueError as error:
            raise UsageError(f"Column {name} of {path} must hold numbers: {error}.") from error
    if np.isnan(values).any():
        raise UsageError(f"Column {name} of {path} has no number in row {int(np.flatnonzero(np.isnan(values))[0])}.")
    return np.asarray(values, np.float64)
