"""What the raw outputs of a model mean: the task, probabilities, predicted classes; told from outputs and labels.

Shapes: *n* examples, *K* classes, *k* target columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unstuck.analysis.model.predictions import Array, Predictions
from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError

IGNORED = -100
"""label of positions that are not compared, as PyTorch's losses have it"""
MOST_POSITIONS = 200_000
"""labels of pixels or positions that are compared; of more they are drawn at random"""
SUM_TO_ONE = 1e-3
ALONE = "classes, without probabilities"
SCALES = ("logits", "probabilities", "log-probabilities")


@dataclass(frozen=True, eq=False, kw_only=True)
class Given:
    """What is known beside the outputs."""

    truth: Array
    classes: tuple[str, ...] | None = None
    """names in the order of the outputs; None: numbers"""
    task: Task | None = None
    """what the user said"""
    scale: str | None = None
    """one of `SCALES`; None: told from the values"""
    seed: int = 0


def predictions_of(outputs: Array, given: Given) -> Predictions:
    """Truth and prediction.

    Raises:
        UsageError: outputs and labels do not go together.
    """
    outputs, truth = np.asarray(outputs), np.asarray(given.truth)
    if len(outputs) != len(truth):
        raise UsageError(f"There are {len(outputs)} predictions and {len(truth)} labels. Each example needs one.")
    if not np.isfinite(outputs).all():
        bad = ~np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1)
        raise UsageError(
            f"The model gives NaN or infinity for {bad.sum()} of {len(bad)} examples, the first is row "
            f"{int(np.flatnonzero(bad)[0])}. Does this input have missing values? --prepare can fill them."
        )
    squeezed = truth.reshape(truth.shape[:1]) if truth.ndim == 2 and truth.shape[1] == 1 else truth
    whole = _whole(squeezed)
    if outputs.ndim >= 3 and whole and squeezed.ndim >= 2:
        return _positions(outputs, squeezed.astype(np.int64), given)
    outputs = outputs.reshape(len(outputs), -1) if outputs.ndim != 1 else outputs[:, None]
    task = given.task or _task(outputs, squeezed, whole=whole)
    if task is Task.REGRESSION:
        return _regression(outputs, truth, given)
    if task is Task.MULTI_LABEL:
        return _multi_label(outputs, truth, given)
    return _classes(outputs, squeezed, given)


def scale_of(outputs: str) -> str | None:
    """The scale of outputs that were read once, so that others of the same model are read alike.

    Args:
        outputs: as `Predictions.outputs` has it.
    """
    return next((scale for scale in SCALES if outputs.startswith(scale)), None)


def _whole(truth: Array) -> bool:
    return bool(truth.dtype.kind in "iub" or (truth.dtype.kind == "f" and np.all(truth == np.round(truth))))


def _task(outputs: Array, truth: Array, *, whole: bool) -> Task:
    binary = whole and set(np.unique(truth).tolist()) <= {0, 1}
    if truth.ndim == 2:
        if not (binary and truth.shape == outputs.shape):
            return Task.REGRESSION
        return Task.MULTI_CLASS if np.all(truth.sum(axis=1) == 1) else Task.MULTI_LABEL
    if outputs.shape[1] == 1:
        return Task.BINARY if binary else Task.REGRESSION
    return Task.MULTI_CLASS


def _regression(outputs: Array, truth: Array, given: Given) -> Predictions:
    values = truth.reshape(len(truth), -1).astype(np.float64)
    if outputs.shape != values.shape:
        raise UsageError(
            f"The model gives {outputs.shape[1]} numbers for each example, and there are {values.shape[1]} target "
            f"columns {_named(given.classes)}. Both must be as many; or say what the task is with --task."
        )
    names = given.classes or tuple(str(at) for at in range(values.shape[1]))
    return Predictions(
        task=Task.REGRESSION, classes=names, truth=values, labels=outputs.astype(np.float64),
        rows=np.arange(len(values)), outputs=f"{values.shape[1]} numbers" if values.shape[1] > 1 else "a number",
    )  # fmt: skip


def _multi_label(outputs: Array, truth: Array, given: Given) -> Predictions:
    if truth.shape != outputs.shape:
        raise UsageError(f"The model gives {outputs.shape[1]} scores, and each example has {truth.shape[1:]} labels.")
    scores, how = _probabilities_alone(outputs, given.scale)
    return Predictions(
        task=Task.MULTI_LABEL, classes=_names(given.classes, outputs.shape[1]), truth=truth.astype(np.int64),
        labels=(scores >= 0.5).astype(np.int64), scores=scores, rows=np.arange(len(truth)), outputs=how,
    )  # fmt: skip


def _classes(outputs: Array, truth: Array, given: Given) -> Predictions:
    if truth.ndim == 2:  # one-hot
        truth = truth.argmax(axis=1)
    codes = truth.astype(np.int64)
    if outputs.shape[1] == 1:
        one, how = _probabilities_alone(outputs, given.scale)
        scores = np.concatenate([1 - one, one], axis=1)
    else:
        scores, how = _probabilities(outputs, given.scale)
    _check_codes(codes, scores.shape[1])
    task = Task.BINARY if scores.shape[1] == 2 else Task.MULTI_CLASS
    sure = bool(np.isin(outputs, (0, 1)).all()) and given.scale is None  # classes, and no probabilities
    return Predictions(
        task=task, classes=_names(given.classes, scores.shape[1]), truth=codes, labels=scores.argmax(axis=1),
        scores=None if sure else scores, rows=np.arange(len(codes)), outputs=ALONE if sure else how,
    )  # fmt: skip


def _positions(outputs: Array, truth: Array, given: Given) -> Predictions:
    """Labels of pixels, or of the positions of a sequence: those that are not ignored, flattened."""
    if outputs.shape[:1] + outputs.shape[2:] == truth.shape:  # (n, K, …)
        moved = np.moveaxis(outputs, 1, -1)
    elif outputs.shape[:-1] == truth.shape:  # (n, …, K)
        moved = outputs
    else:
        raise UsageError(
            f"Outputs of shape {outputs.shape} do not go with labels of shape {truth.shape}. Expected (n, K, …) or "
            f"(n, …, K) for labels (n, …)."
        )
    rows = np.broadcast_to(np.arange(len(truth)).reshape(-1, *([1] * (truth.ndim - 1))), truth.shape)
    used = np.flatnonzero(truth.reshape(-1) != IGNORED)
    if len(used) > MOST_POSITIONS:
        used = np.sort(np.random.default_rng(given.seed).choice(used, MOST_POSITIONS, replace=False))
    if not len(used):
        raise UsageError(f"Every label is {IGNORED}, which is not compared. Give labels from 0 on.")
    codes = truth.reshape(-1)[used]
    scores, how = _probabilities(moved.reshape(-1, moved.shape[-1])[used], given.scale)
    _check_codes(codes, scores.shape[1])
    return Predictions(
        task=Task.BINARY if scores.shape[1] == 2 else Task.MULTI_CLASS, classes=_names(given.classes, scores.shape[1]),
        truth=codes, labels=scores.argmax(axis=1), scores=scores, rows=rows.reshape(-1)[used],
        unit="pixel" if truth.ndim == 3 else "position", outputs=how,
    )  # fmt: skip


def _probabilities(outputs: Array, scale: str | None) -> tuple[Array, str]:
    """(n, K) probabilities, and how they were made."""
    values = outputs.astype(np.float64)
    total = values.sum(axis=1)
    if scale is None:
        if (values >= 0).all() and np.allclose(total, 1, atol=SUM_TO_ONE):
            scale = "probabilities"
        elif (values <= 0).all() and np.allclose(np.exp(values).sum(axis=1), 1, atol=SUM_TO_ONE):
            scale = "log-probabilities"
    if scale == "probabilities":
        return values / np.maximum(total, 1e-30)[:, None], "probabilities"
    if scale == "log-probabilities":
        return np.exp(values), "log-probabilities"
    shifted = np.exp(values - values.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True), "logits, by softmax"


def _probabilities_alone(outputs: Array, scale: str | None) -> tuple[Array, str]:
    """Probabilities of single outputs."""
    values = outputs.astype(np.float64)
    if scale == "log-probabilities":
        return np.exp(values), "log-probabilities"
    if scale == "probabilities" or (scale is None and values.min() >= 0 and values.max() <= 1):
        return values, "probabilities"
    return 1 / (1 + np.exp(-np.clip(values, -700, 700))), "logits, by sigmoid"


def _check_codes(codes: Array, classes: int) -> None:
    if codes.min() < 0 or codes.max() >= classes:
        odd = int(codes.max() if codes.max() >= classes else codes.min())
        raise UsageError(
            f"The label {odd} occurs, and the model has {classes} outputs: labels must be 0 to {classes - 1}. "
            "Is the model for other classes, or are labels numbered from 1?"
        )


def _names(classes: Sequence[str] | None, number: int) -> tuple[str, ...]:
    if classes is None:
        return tuple(str(at) for at in range(number))
    if len(classes) != number:
        raise UsageError(
            f"There are {len(classes)} classes {_named(classes)}, and the model has {number} outputs. Name them all in "
            "the order of the outputs with --classes."
        )
    return tuple(classes)


def _named(classes: Sequence[str] | None) -> str:
    shown = list(classes or ())[:6]
    return f"({', '.join(shown)}{', …' if len(classes or ()) > 6 else ''})" if shown else ""
