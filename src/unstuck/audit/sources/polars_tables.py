"""Parquet, Arrow, Feather and JSON lines through polars, and polars frames; batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.audit.sources.cells import Cells, cells
from unstuck.audit.sources.optional import need
from unstuck.core.data_types import ColumnType
from unstuck.core.errors import UsageError

BATCH_ROWS = 1 << 16
BATCH_CELLS = 1 << 22
BLOCK_BYTES = 1 << 24
LONGEST_LINE = 1 << 28


class PolarsTable:
    """A lazy frame of polars: a file, or what the user made."""

    def __init__(self, frame: Any, source: str) -> None:
        self.source, self.named = source, True
        self.notes: list[str] = []
        self._frame = frame
        polars = need("polars", source)
        try:
            self._columns = list(frame.collect_schema())
            self._rows = int(frame.select(polars.len()).collect().item())
        except (polars.exceptions.PolarsError, OSError) as error:
            raise UsageError(f"{source} cannot be read: {_first_line(error)}.") from error
        if not self._columns:
            raise UsageError(f"{source} has no columns.")
        self.names = tuple(map(str, self._columns))
        self._done = 0

    def share(self) -> float:
        """Of the rows."""
        return min(1.0, self._done / max(1, self._rows))

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """All rows, some ten thousand at a time."""
        polars = need("polars", self.source)
        chosen = self._frame.select([self._columns[at] for at in columns])
        size = max(1000, min(BATCH_ROWS, BATCH_CELLS // max(1, len(columns))))
        self._done = 0
        try:
            for frame in chosen.collect_batches(chunk_size=size, maintain_order=True):
                self._done += len(frame)
                yield [of_series(series, self.source) for series in frame]
        except polars.exceptions.PolarsError as error:
            raise UsageError(f"{self.source} cannot be read: {_first_line(error)}.") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def of_series(series: Any, source: str) -> Cells:
    """A column of polars as cells."""
    polars = need("polars", source)
    kind = series.dtype
    if kind.is_numeric():
        return Cells(np.asarray(series.cast(polars.Float64).to_numpy(), dtype=np.float64))
    if kind == polars.Boolean:
        texts = [None if value is None else str(value) for value in series.to_list()]
        return Cells(_texts(texts), ColumnType.CATEGORY)
    if kind in (polars.Categorical, polars.Enum):
        return Cells(_texts(series.cast(polars.String).to_list()), ColumnType.CATEGORY)
    if kind in (polars.Date, polars.Datetime):
        micros = series.cast(polars.Datetime("us")).to_physical().cast(polars.Float64).to_numpy()
        return Cells(np.asarray(micros, dtype=np.float64) / 1e6, ColumnType.TIME)
    if kind == polars.Duration:
        return Cells(np.asarray(series.cast(polars.Duration("us")).to_physical().cast(polars.Float64).to_numpy()) / 1e6)
    if kind == polars.Null:
        return Cells(np.full(len(series), np.nan))
    return cells(_texts(series.to_list()), f"{source}, column {series.name},")


def _texts(values: Sequence[Any]) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def scanned(path: Path) -> PolarsTable:
    """A Parquet, Arrow or Feather file.

    Raises:
        UsageError: it is none.
    """
    polars = need("polars", f"Reading {path}")
    scan = polars.scan_parquet if path.suffix.lower() in (".parquet", ".pq") else polars.scan_ipc
    try:
        return PolarsTable(scan(path), str(path))
    except (polars.exceptions.PolarsError, OSError) as error:
        raise UsageError(f"{path} cannot be read: {_first_line(error)}.") from error


class JsonLines:
    """A file with a JSON object in each line, read in blocks of bytes."""

    def __init__(self, path: Path) -> None:
        self.source, self.path, self.named = str(path), path, True
        self.notes: list[str] = []
        self._size, self._done = max(1, path.stat().st_size), 0
        first = next(self._frames(), None)
        if first is None:
            raise UsageError(f"{path} is empty. Expected a JSON object in each line.")
        self.names = tuple(first.columns)
        if not self.names:
            raise UsageError(f"{path} has no columns: its JSON objects are empty.")

    def share(self) -> float:
        """Of the file, by bytes."""
        return min(1.0, self._done / self._size)

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """All rows, in blocks of some megabytes."""
        for frame in self._frames():
            more = sorted(set(frame.columns) - set(self.names))
            note = f"columns that the first rows lack are left out: {', '.join(more[:5])}"
            if more and note not in self.notes:
                self.notes.append(note)
            nothing = Cells(np.full(len(frame), np.nan))
            yield [
                of_series(frame[self.names[at]], self.source) if self.names[at] in frame.columns else nothing
                for at in columns
            ]

    def _frames(self) -> Iterator[Any]:
        line = 0
        with self.path.open("rb") as file:
            rest = b""
            while True:
                data = file.read(BLOCK_BYTES)
                self._done = file.tell()
                rest += data
                cut = len(rest) if not data else rest.rfind(b"\n") + 1
                if rest[:cut].strip():
                    yield self._parsed(rest[:cut], line)
                    line += rest.count(b"\n", 0, cut)
                    rest = rest[cut:]
                elif len(rest) > LONGEST_LINE:
                    raise UsageError(
                        f"{self.path} holds no JSON lines: line {line + 1} has {len(rest)} bytes and more."
                    )
                if not data:
                    return

    def _parsed(self, block: bytes, line: int) -> Any:
        polars = need("polars", f"Reading {self.path}")
        try:
            return polars.read_ndjson(block, infer_schema_length=None)
        except polars.exceptions.PolarsError:
            return polars.DataFrame(_objects(block, self.path, line), strict=False, infer_schema_length=None)


def _objects(block: bytes, path: Path, line: int) -> list[dict[str, Any]]:
    """Slowly, line by line, to say which one is broken. Values that do not go together become texts."""
    rows: list[dict[str, Any]] = []
    for at, text in enumerate(block.decode("utf-8", "replace").splitlines(), line + 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError as error:
            raise UsageError(f"{path} line {at} is no JSON: {error}. Expected one JSON object in each line.") from error
        if not isinstance(row, dict):
            raise UsageError(f"{path} line {at} is a JSON {type(row).__name__}. Expected an object.")
        rows.append(row)
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for key, value in row.items():
            if value is not None:
                kinds.setdefault(key, set()).add(type(value))
    mixed = {key for key, found in kinds.items() if len(found) > 1 and not found <= {int, float}}
    mixed |= {key for key, found in kinds.items() if found & {list, dict}}
    return [
        {key: json.dumps(value) if key in mixed and value is not None and not isinstance(value, str) else value
         for key, value in row.items()}
        for row in rows
    ]  # fmt: skip


def whole_json(path: Path) -> PolarsTable | JsonLines:
    """A JSON file: a list of objects, an object of lists, or lines.

    Raises:
        UsageError: it is none of these.
    """
    polars = need("polars", f"Reading {path}")
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return JsonLines(path)
    if isinstance(content, list) and content and all(isinstance(row, dict) for row in content):
        block = "\n".join(json.dumps(row) for row in content).encode()
        frame = polars.DataFrame(_objects(block, path, 0), strict=False, infer_schema_length=None)
        return PolarsTable(frame.lazy(), str(path))
    if isinstance(content, dict) and content and all(isinstance(value, list) for value in content.values()):
        try:
            return PolarsTable(polars.DataFrame(content, strict=False).lazy(), str(path))
        except polars.exceptions.PolarsError as error:
            raise UsageError(f"{path} is no table: {_first_line(error)}.") from error
    if isinstance(content, dict) and content:
        return JsonLines(path)
    raise UsageError(f"{path} holds no rows. Expected a list of JSON objects, or one object in each line.")
