"""Arrays of any kind as cells: float64 with NaN, or str objects with None, where a value is missing."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.core.data_types import ColumnType
from unstuck.core.errors import UsageError


class Cells(NamedTuple):
    """One column."""

    values: Array
    hint: ColumnType | None = None
    """the type that the source gives it"""


def cells(values: Array, where: str) -> Cells:
    """A one-dimensional array as cells.

    Args:
        values: of any dtype.
        where: it stands, for the message.

    Raises:
        UsageError: they are complex numbers or records.
    """
    if isinstance(values, np.ma.MaskedArray):
        plain = cells(values.filled(values.fill_value) if values.dtype.kind not in "biu" else values.data, where)
        return plain._replace(values=_hidden(plain.values, np.ma.getmaskarray(values)))
    kind = values.dtype.kind
    if kind in "fiu":
        return Cells(values.astype(np.float64))
    if kind == "b":
        return Cells(np.where(values, "True", "False").astype(object), ColumnType.CATEGORY)
    if kind == "M":
        seconds = values.astype("datetime64[us]").astype(np.int64) / 1e6
        return Cells(np.where(np.isnat(values), np.nan, seconds), ColumnType.TIME)
    if kind == "m":
        return Cells(np.where(np.isnat(values), np.nan, values.astype("timedelta64[us]").astype(np.int64) / 1e6))
    if kind == "U":
        return Cells(values.astype(object))
    if kind == "S":
        return Cells(np.array([value.decode("utf-8", "replace") for value in values.tolist()], dtype=object))
    if kind == "T":
        return Cells(_objects([None if value is None or value != value else str(value) for value in values.tolist()]))
    if kind == "O":
        return _of_objects(values)
    name = "complex numbers" if kind == "c" else f"values of type {values.dtype}"
    advice = "Give the real and the imaginary part as two columns." if kind == "c" else "Give numbers or texts."
    raise UsageError(f"{where} holds {name}, which cannot be audited. {advice}")


def _hidden(values: Array, mask: Array) -> Array:
    hidden = values.copy()
    hidden[mask] = None if values.dtype == object else np.nan
    return hidden


def _objects(values: list[str | None]) -> Array:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _of_objects(values: Array) -> Cells:
    flat = values.tolist()
    kinds = {type(value) for value in flat}
    if kinds <= {str, type(None)}:
        return Cells(values)
    known = [None if _is_missing(value) else value for value in flat]
    there = [value for value in known if value is not None]
    if there and all(isinstance(value, (bool, np.bool_)) for value in there):
        return Cells(_objects([None if value is None else str(bool(value)) for value in known]), ColumnType.CATEGORY)
    if all(isinstance(value, (int, float, np.number)) and not isinstance(value, np.complexfloating) for value in there):
        return Cells(np.array([np.nan if value is None else _float(value) for value in known], dtype=np.float64))
    if all(hasattr(value, "isoformat") for value in there):
        stamps = [np.datetime64("NaT") if value is None else _moment(value) for value in known]
        if all(stamp is not None for stamp in stamps):
            return cells(np.array(stamps, dtype="datetime64[us]"), "")
    return Cells(_objects([None if value is None else text_of(value) for value in known]))


def _is_missing(value: object) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and value != value


def _float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return float("inf")


def _moment(value: Any) -> Any:
    try:
        return np.datetime64(value.isoformat().split("+")[0].removesuffix("Z"), "us")
    except ValueError:  # a time of day has no date
        return None


def text_of(value: object) -> str:
    """A value as text; lists and dictionaries as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)
