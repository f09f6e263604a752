"""Read cells of a table: numbers and times that are written as text, and the marks of missing values.

Shapes: *n* cells. Cells are float64 (NaN where missing) or objects (str, None where missing).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

CLEAR_MARKS = frozenset({"?", "nan", "null", "n/a", "#n/a", "<na>", "#null!", "#value!", "#div/0!"})
"""in lower case: these mean that a value is missing in every column"""
NUMBER_MARKS = CLEAR_MARKS | {"na", "-", "--", ".", "..", "none", "missing", "unknown", "nil"}
"""these mean it in a column whose other values are numbers; elsewhere they may be names"""

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_UNIT = re.compile(r"(?<![^+-])\s*[$€£¥]\s*|\s*[%$€£¥]$")
"""a currency before or after an amount, a percentage"""
_CODE = re.compile(r"0\d+")
_DATE = re.compile(r"\D*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{8}|\d{1,2} \w{3,9} \d{4}.*|\w{3,9} \d{1,2}, \d{4}.*")
TIME_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y",
    "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y.%m.%d",
)  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")


class Numbers(NamedTuple):
    """Cells read as numbers."""

    values: Array  # (n,) float64
    marks: dict[str, int]
    """marks of missing values, and how often each stands there"""
    unreadable: dict[str, int]
    """other values that are no numbers"""

    @property
    def read(self) -> int:
        """Cells that hold a number."""
        return int(np.count_nonzero(~np.isnan(self.values)))


def present(values: Array) -> Array:
    """Which cells hold something: not None, not NaN, not blank."""
    if values.dtype == object:
        return np.array([value is not None and value.strip() != "" for value in values], dtype=bool)
    return np.asarray(~np.isnan(values))


def bare(text: str) -> str:
    """A cell without blanks and quotation marks round it."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text


def is_code(text: str) -> bool:
    """Whether digits are a name, as the zip code 01234 is."""
    return _CODE.fullmatch(text) is not None


def number(text: str, *, comma: bool = False) -> float | None:
    """The number that is written in a cell; None if it is none.

    Args:
        text: of the cell.
        comma: "3,5" means three and a half.
    """
    text = _UNIT.sub("", bare(text))
    if comma:
        text = text.replace(".", "").replace(",", ".")
    elif "," in text and _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def numbers(values: Array) -> Numbers:
    """Cells as numbers: "1,234", " 3.5 " and "'-1'" are numbers; marks of missing values are NaN."""
    if values.dtype != object:
        return Numbers(np.asarray(values, dtype=np.float64), {}, {})
    counts = Counter(values.tolist())
    counts.pop(None, None)
    comma = _decimal_comma(counts)
    known: dict[str | None, float] = {None: math.nan}
    marks: dict[str, int] = {}
    unreadable: dict[str, int] = {}
    for text, count in counts.items():
        value = number(text, comma=comma)
        known[text] = math.nan if value is None else value
        if value is None or value != value:
            plain = bare(text)
            if not plain:
                continue
            (marks if plain.lower() in NUMBER_MARKS else unreadable)[plain] = count
    return Numbers(np.array([known[value] for value in values.tolist()], dtype=np.float64), marks, unreadable)


def _decimal_comma(texts: Iterable[str]) -> bool:
    with_comma = [text for text in texts if "," in text]
    return any(_DECIMAL_COMMA.fullmatch(bare(text)) and not _THOUSANDS.fullmatch(bare(text)) for text in with_comma)


def names(values: Array) -> tuple[Array, dict[str, int]]:
    """Cells as names without blanks round them, None where missing; and the clear marks of missing values."""
    if values.dtype != object:
        different, where = np.unique(values, return_inverse=True)
        made = np.array([None if value != value else plain(value) for value in different.tolist()], dtype=object)
        return made[where] if len(made) else np.empty(len(values), dtype=object), {}
    known: dict[str | None, str | None] = {None: None}
    marks: dict[str, int] = {}
    for text, count in Counter(values.tolist()).items():
        if text is None:
            continue
        stripped = text.strip()
        if stripped.lower() in CLEAR_MARKS:
            marks[stripped] = count
            known[text] = None
        else:
            known[text] = stripped or None
    return np.array([known[value] for value in values.tolist()], dtype=object), marks


def plain(value: float) -> str:
    """A number as a name: 1.0 is "1"."""
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(value)


def time_reader(texts: Iterable[str]) -> Callable[[str], float | None] | None:
    """What reads these texts as seconds since 1970; None if they are no times.

    A format is taken if it reads all of them, so that 03/04/2020 is a day of March or of April in the whole column.
    """
    some = [bare(text) for text in texts]
    if not some or not all(_DATE.fullmatch(text) for text in some):
        return None
    if all(_iso(text) is not None for text in some):
        return _iso
    clock = "".join(part for part in ("T",) if all("T" in text[8:12] for text in some))
    for day in TIME_FORMATS:
        for time in _CLOCKS:
            shape = day + (time.replace(" ", clock, 1) if clock else time)
            if all(_stamp(text, shape) is not None for text in some):
                return lambda text, shape=shape: _stamp(bare(text), shape)  # type: ignore[misc]
    return None


def _iso(text: str) -> float | None:
    text = bare(text)
    if len(text) < 8 or (text.isdigit() and not "1900" <= text[:4] <= "2100"):
        return None
    try:
        return _seconds(datetime.fromisoformat(text))
    except ValueError:
        return None


def _stamp(text: str, shape: str) -> float | None:
    try:
        return _seconds(datetime.strptime(text, shape))
    except ValueError:
        return None


def _seconds(when: datetime) -> float:
    if when.tzinfo is not None:
        return when.timestamp()
    return (when - datetime(1970, 1, 1)).total_seconds()


def times(values: Array) -> Array:
    """Cells as seconds since 1970, NaN where they are no times."""
    if values.dtype != object:
        return np.asarray(values, dtype=np.float64)
    there = {value for value in values.tolist() if value is not None and value.strip()}
    there = {value for value in there if value.strip().lower() not in NUMBER_MARKS}
    reader = time_reader(sorted(there)[:: max(1, len(there) // 200)])
    if reader is None:
        return np.asarray(numbers(values).values)
    known = {value: reader(value) for value in there}
    return np.array([math.nan if known.get(value) is None else known[value] for value in values.tolist()], dtype=float)
