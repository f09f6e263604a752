"""Labels that a person gave to some examples: read from a file, and compared with the labels of the data."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unstuck.audit.shown import label_of
from unstuck.core.errors import UsageError
from unstuck.core.shares import wilson
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.human import HumanLabels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.analysis.data.sample import Sample

ROW, LABEL = "row", "label"
MOST_UNKNOWN = 20


def read_annotations(path: Path) -> dict[int, str]:
    """Row of the training split → the label that a person gave.

    Args:
        path: a CSV file with the columns ``row`` and ``label``, as the report saves it; or JSON: a list of objects with
            these keys. Rows without a label are left out.

    Raises:
        UsageError: it is missing, or has another form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The annotations {path} cannot be read: {error}.") from error
    entries = _json(text, path) if text.lstrip()[:1] in ("[", "{") else list(csv.DictReader(text.splitlines()))
    if not entries or not all(isinstance(entry, dict) and ROW in entry and LABEL in entry for entry in entries):
        raise UsageError(f"The annotations {path} need the columns `{ROW}` and `{LABEL}`, and at least one row.")
    labels: dict[int, str] = {}
    for entry in entries:
        row, label = str(entry[ROW]).strip(), str(entry[LABEL] if entry[LABEL] is not None else "").strip()
        if not row.isdecimal():
            raise UsageError(f"The annotations {path} need whole numbers in `{ROW}`. Got {row!r}.")
        if label:
            labels[int(row)] = label
    return labels


def _json(text: str, path: Path) -> list[dict[str, object]]:
    try:
        loaded = json.loads(text)
    except ValueError as error:
        raise UsageError(f"The annotations {path} are no JSON: {error}.") from error
    entries = loaded.get("annotations") if isinstance(loaded, dict) else loaded
    if not isinstance(entries, list):
        raise UsageError(f"The annotations {path} should be a list of objects with `{ROW}` and `{LABEL}`.")
    return entries


def human_labels(sample: Sample, annotations: Mapping[int, str]) -> HumanLabels:
    """Where a person and the data disagree.

    Args:
        sample: the training split.
        annotations: the labels that a person gave, by row.

    Raises:
        UsageError: nothing can be compared.
    """
    if sample.target is None or sample.codes is None:
        raise UsageError("Labels given by hand can be compared where each example has one class, and here none has.")
    classes = set(sample.target.classes)
    compared: list[tuple[int, str, str]] = []
    for row, given in annotations.items():
        at = int(np.searchsorted(sample.rows, row))
        label = label_of(sample, at) if at < len(sample) and sample.rows[at] == row else None
        if label is not None:
            compared.append((row, given, label))
    if not compared:
        raise UsageError(f"None of the {len(annotations)} annotated rows is a labelled row of {sample.name}.")
    wrong = [one for one in compared if one[1] != one[2]]
    low, high = wilson(len(wrong) / len(compared), len(compared))
    return HumanLabels(
        split=sample.split, count=len(compared), disagreeing=len(wrong), error=len(wrong) / len(compared),
        low=low, high=high, rows=tuple(row for row, _, _ in wrong[:MOST_ROWS]),
        given=tuple(given for _, given, _ in wrong[:MOST_ROWS]),
        labels=tuple(label for _, _, label in wrong[:MOST_ROWS]),
        unknown=tuple(sorted({given for _, given, _ in wrong} - classes))[:MOST_UNKNOWN],
        left_out=len(annotations) - len(compared),
    )  # fmt: skip
