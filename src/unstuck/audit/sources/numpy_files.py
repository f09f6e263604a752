"""``.npy`` and ``.npz`` files."""

from __future__ import annotations

import re
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.audit.sources.arrays import draft_of_arrays
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.parts import Asked, Parts, split_name
from unstuck.core.errors import UsageError

_INPUTS = ("x", "data", "images", "image", "inputs", "input", "features", "arr_0")
_LABELS = ("y", "labels", "label", "targets", "target", "classes", "arr_1")


def load(path: Path) -> Any:
    """What a file holds.

    Raises:
        UsageError: it is damaged, or holds Python objects.
    """
    if path.suffix == ".npy":
        try:
            return np.load(path, allow_pickle=False, mmap_mode="r")
        except Exception as error:  # damaged files raise errors of many kinds
            raise UsageError(_refused(path, error)) from error
    if not zipfile.is_zipfile(path):
        raise UsageError(f"{path} is no .npz archive, or is damaged.")
    try:
        return np.load(path, allow_pickle=False)
    except Exception as error:
        raise UsageError(_refused(path, error)) from error


def _refused(path: Path, error: Exception) -> str:
    if "pickle" in str(error):
        return (
            f"{path} holds Python objects, which are not loaded, because that runs code from the file. Save numbers: "
            "np.save(path, np.asarray(values, dtype=float))."
        )
    return (
        f"{path} is no NumPy file, or is damaged: {str(error).splitlines()[0] if str(error) else type(error).__name__}."
    )


def parts_of_numpy(path: Path, asked: Asked) -> Parts:
    """The splits of a file: keys such as ``x_train y_train x_test y_test``, or ``X y``."""
    if path.suffix == ".npy":
        labels = asked.settings.target[0] if len(asked.settings.target) == 1 else ""
        beside = Path(labels) if labels.endswith(".npy") else None
        return {"": partial(_single, path, beside, asked)}
    archive = load(path)
    names = list(archive.files)
    archive.close()
    found: dict[str, dict[str, str]] = {}
    for key in names:
        role, split = _of_key(key)
        if role is not None and role not in found.setdefault(split, {}):
            found[split][role] = key
    parts = {split: keys for split, keys in found.items() if "x" in keys}
    if not parts and len(names) == 1:
        parts = {"": {"x": names[0]}}
    if not parts:
        raise UsageError(
            f"{path} holds the arrays {', '.join(names) or '(none)'}. Expected X and y, or x_train, y_train, "
            "x_test, y_test."
        )
    return {split: partial(_keys, path, keys.get("x", ""), keys.get("y"), asked) for split, keys in parts.items()}


def _of_key(key: str) -> tuple[str | None, str]:
    """Whether a key names inputs (x) or labels (y), and its split."""
    words = re.split(r"[_\-./]", key.lower())
    split = next((split_name(word) for word in words if split_name(word)), None) or ""
    rest = "_".join(word for word in words if split_name(word) is None)
    role = "x" if rest in _INPUTS else "y" if rest in _LABELS else None
    return role, split


def _array(archive: Any, key: str, path: Path) -> Any:
    try:
        return archive[key]
    except Exception as error:  # damaged files raise errors of many kinds
        raise UsageError(_refused(path, error)) from error


def _keys(path: Path, x: str, y: str | None, asked: Asked, split: int, first: Draft | None) -> Draft:
    archive = load(path)
    try:
        labels, inputs = None if y is None else _array(archive, y, path), _array(archive, x, path)
    finally:
        archive.close()
    return draft_of_arrays(inputs, labels, str(path), split, first, asked, named=y is not None)


def _single(path: Path, labels: Path | None, asked: Asked, split: int, first: Draft | None) -> Draft:
    beside = None if labels is None else load(labels)
    return draft_of_arrays(load(path), beside, str(path), split, first, asked, named=beside is not None)
