"""CSV and TSV files, read in blocks of bytes, so that they may be larger than memory."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from unstuck.analysis.data.cell_values import number
from unstuck.analysis.data.sample import Array
from unstuck.audit.sources.cells import Cells
from unstuck.audit.sources.optional import need
from unstuck.audit.sources.roles import positions
from unstuck.core.errors import UsageError

HEAD_BYTES = 1 << 18
HEAD_ROWS = 3
"""that the head holds at least, however long they are"""
BLOCK_BYTES = 1 << 24
LONGEST_ROW = 1 << 27
"""bytes within quotation marks after which they are taken for ordinary characters"""
SEPARATORS = ",\t;|"
_BLANK = re.compile(rb"\n(?:[ \t]*\r?\n)+")
_MANGLED = re.compile(r"(-?\d.*)\.\d+")
"""a number with the suffix of a second column of that name"""


class Delimited:
    """A text table. Every cell is read as text; whole columns of numbers then become numbers."""

    def __init__(self, path: Path, header: bool | None) -> None:
        self.source = str(path)
        self.path = path
        self.notes: list[str] = []
        self._done = 0
        self._size = max(1, path.stat().st_size)
        self._codes: set[int] = set()
        head = self._head()
        self.separator = separator(head, path)
        rows = fields(self._separated(head), self._sign)
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        if not rows:
            raise UsageError(f"{path} is empty. A table needs at least one row.")
        self.named = has_header(rows) if header is None else header
        self.width = len(rows[0]) if self.named else Counter(map(len, rows[:1000])).most_common(1)[0][0]
        self.names = tuple(cell.strip() for cell in rows[0]) if self.named else positions(self.width)
        if self.named and rows[1:] and all(len(row) == self.width + 1 for row in rows[1:]):
            self.names, self.width = ("row_name", *self.names), self.width + 1
            self.notes.append("the header has one name less than the rows have fields; the first is called row_name")
        self.mangled = not self.named and is_mangled(rows)
        if self.mangled:
            self.notes.append(
                "row 1 was taken for a header by another tool, which added suffixes such as '.1'; they were removed"
            )
        if header is None and not self.named:
            self.notes.append("has no header row: columns are named by their position")

    @property
    def _sign(self) -> str:
        """The separator once blanks are commas; for a single column a sign that no text holds."""
        return {"": "\x1f", " ": ","}.get(self.separator, self.separator)

    def share(self) -> float:
        """Of the file, by bytes."""
        return min(1.0, self._done / self._size)

    def _head(self) -> str:
        try:
            with self._opened() as file:
                head = file.read(HEAD_BYTES)
                while head.count(b"\n") < HEAD_ROWS and len(head) < LONGEST_ROW and (more := file.read(HEAD_BYTES)):
                    head += more
        except (OSError, EOFError) as error:
            raise UsageError(f"{self.path} cannot be read: {error}.") from error
        self.encoding = encoding_of(head, self.path, self.notes)
        text = codecs.getincrementaldecoder(self.encoding)("replace").decode(head.removeprefix(codecs.BOM_UTF8))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        whole = len(head) < HEAD_BYTES or len(head) % HEAD_BYTES
        return text if whole or "\n" not in text else text[: text.rindex("\n") + 1]

    def _opened(self) -> BinaryIO:
        return cast("BinaryIO", gzip.open(self.path)) if self.path.suffix == ".gz" else self.path.open("rb")

    def _separated(self, text: str) -> str:
        """Columns between blanks are separated by commas."""
        if self.separator != " ":
            return text
        return "\n".join(",".join(line.split()) for line in text.splitlines()) + "\n"

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """All rows, in blocks of some megabytes."""
        skip, first = self.named, True
        row = 0
        for block in self._blocks():
            frame = self._parsed(block, row)
            if skip and len(frame):
                frame, skip = frame[1:], False
            series = [frame[:, at] for at in columns]
            if first and len(frame):
                self._find_codes(columns, series)
                series = [self._repaired(one) for one in series] if self.mangled else series
                first = False
            row += len(frame)
            yield [Cells(self._cells(at, one)) for at, one in zip(columns, series, strict=True)]

    def _blocks(self) -> Iterator[bytes]:
        """Whole rows in UTF-8."""
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        plain = self.encoding == "utf-8"
        rest = b""
        self._done = 0
        with self._opened() as file:
            while True:
                try:
                    data = file.read(BLOCK_BYTES)
                except (OSError, EOFError) as error:
                    raise UsageError(f"{self.path} cannot be read to its end: {error}.") from error
                self._done = file.tell() if self.path.suffix != ".gz" else self._done + len(data) // 4
                try:
                    text = decoder.decode(data, final=not data)
                except UnicodeDecodeError:
                    if plain:
                        self.notes.append("is not UTF-8 throughout: read as Latin-1")
                    plain, self.encoding = False, "latin-1"
                    decoder = codecs.getincrementaldecoder("latin-1")("strict")
                    text = decoder.decode(data, final=not data)
                rest += text.encode("utf-8")
                if not data:
                    break
                cut = last_row_end(rest)
                if cut:
                    yield self._normal(rest[:cut])
                    rest = rest[cut:]
        if rest.strip():
            yield self._normal(rest)

    def _normal(self, block: bytes) -> bytes:
        block = block.removeprefix(codecs.BOM_UTF8)
        if (b"\n" not in block and b"\r" in block) or block.count(b"\r") > 2 * block.count(b"\n"):
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self.separator == " ":
            block = self._separated(block.decode("utf-8")).encode("utf-8")
        return block.lstrip(b"\r\n")

    def _parsed(self, block: bytes, row: int) -> Any:
        """A block as texts, without its blank lines. Those are rows of nulls, as lines of separators are, too."""
        frame = self._frame(block, row)
        if self.width > 1 and all(frame.null_count().row(0)) and _BLANK.search(block):
            frame = self._frame(_BLANK.sub(b"\n", block), row)
        return frame

    def _frame(self, block: bytes, row: int) -> Any:
        polars = need("polars", "Reading text tables")
        options: dict[str, Any] = {
            "has_header": False, "separator": self._sign,
            "schema": {str(at): polars.String for at in range(self.width)}, "infer_schema": False,
        }  # fmt: skip
        try:
            return polars.read_csv(block, **options)
        except polars.exceptions.PolarsError as error:
            problem = self._ragged(block, row)
            if problem is None:
                try:
                    frame = polars.read_csv(block, **options, quote_char=None)
                except polars.exceptions.PolarsError:
                    raise UsageError(f"{self.path} is no table: {str(error).splitlines()[0]}.") from error
                self.notes.append("quotation marks are not balanced: they were read as ordinary characters")
                return frame
            raise UsageError(problem) from error

    def _ragged(self, block: bytes, row: int) -> str | None:
        for at, cells in enumerate(fields(block.decode("utf-8"), self._sign), 1):
            if len(cells) > self.width:
                line = row + at + (1 if self.named and row else 0)
                return (
                    f"{self.path} is no table: line {line} has {len(cells)} fields, {self.width} were expected. Put "
                    "texts that hold the separator into quotation marks, or repair this line."
                )
        return None

    def _find_codes(self, columns: Sequence[int], series: Sequence[Any]) -> None:
        """Columns of digits with leading zeros hold names, as zip codes do."""
        for at, one in zip(columns, series, strict=True):
            if one.head(10_000).str.contains(r"^\s*0\d+\s*$").any():
                self._codes.add(at)

    def _repaired(self, series: Any) -> Any:
        text = series[0]
        found = _MANGLED.fullmatch(text) if text and number(text) is None else None
        return series.scatter(0, found[1]) if found else series

    def _cells(self, at: int, series: Any) -> Array:
        polars = need("polars", "Reading text tables")
        if at not in self._codes:
            numbers = series.cast(polars.Float64, strict=False)
            if numbers.null_count() != series.null_count():
                series_bare = series.str.strip_chars()
                numbers = series_bare.cast(polars.Float64, strict=False)
                lost = numbers.null_count() - series.null_count()
                if lost and lost == (series_bare == "").sum():
                    lost = 0
            else:
                lost = 0
            if not lost and not numbers.is_nan().any():
                return np.asarray(numbers.to_numpy(), dtype=np.float64)
        return np.array(series.to_list(), dtype=object)


def fields(text: str, sign: str) -> list[list[str]]:
    """The rows of a text. Quotation marks that are not balanced are ordinary characters.

    What is no CSV, because a field is too long, is cut at every separator.
    """
    try:
        if text.count('"') % 2:
            return list(csv.reader(io.StringIO(text), delimiter=sign, quoting=csv.QUOTE_NONE))
        return list(csv.reader(io.StringIO(text), delimiter=sign))
    except csv.Error:
        return [line.split(sign) for line in text.splitlines()]


def encoding_of(head: bytes, path: Path, notes: list[str]) -> str:
    """The encoding of a text file.

    Raises:
        UsageError: it is empty, or no text.
    """
    if not head.strip(b"\r\n \t\x00"):
        raise UsageError(f"{path} is empty. A table needs at least one row.")
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark):
            notes.append("read as UTF-16")
            return name
    control = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    if b"\x00" in head or control > 0.02 * len(head):
        raise UsageError(f"{path} is no text: it holds binary data. Expected a text table, one row a line.")
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        notes.append("is not UTF-8: read as Windows-1252")
        return "cp1252" if _decodes(head, "cp1252") else "latin-1"
    return "utf-8"


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def separator(text: str, path: Path) -> str:
    """What stands between the fields; "" for a single column, " " for any number of blanks."""
    lines = [line for line in text[:HEAD_BYTES].splitlines()[:200] if line.strip()]
    if not lines:
        return ""
    best, best_score = "", 0.0
    order = "\t" + SEPARATORS.replace("\t", "") if path.name.endswith((".tsv", ".tab", ".tsv.gz")) else SEPARATORS
    for sign in order:
        widths = Counter(len(row) for row in fields("\n".join(lines), sign))
        width, count = widths.most_common(1)[0]
        score = count / sum(widths.values()) * (1 + 0.001 * min(width, 100)) if width > 1 else 0.0
        if score > best_score + 1e-9:
            best, best_score = sign, score
    if best_score < 0.5 and lines:
        widths = Counter(len(line.split()) for line in lines)
        width, count = widths.most_common(1)[0]
        numeric = sum(number(cell) is not None for line in lines for cell in line.split())
        cells = sum(len(line.split()) for line in lines)
        if width > 1 and count >= 0.9 * len(lines) and numeric >= 0.5 * cells:
            return " "
    return best


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns.

    It does if none of its cells is a number, and either a column below it holds numbers, or its cells are different
    names that stand nowhere below. The numbers 0, 1, 2 … are names, too.
    """
    first = [cell.strip() for cell in rows[0]]
    below = rows[1:200]
    if len(first) >= 3 and first == [str(at) for at in range(len(first))]:
        return True
    readable = [number(cell) is not None for cell in first if cell]
    if any(readable) or len(set(first)) < 0.5 * len(first) or not readable:
        return False
    if not below:
        return True
    numeric = 0
    repeated = 0
    for at, cell in enumerate(first):
        column = [row[at].strip() for row in below if at < len(row)]
        there = [value for value in column if value]
        numeric += bool(there) and sum(number(value) is not None for value in there) > 0.8 * len(there)
        repeated += bool(cell) and cell in column
    if repeated:
        return repeated < 0.1 * len(first) and numeric > 0
    return numeric > 0 or (len(below) >= 2 and all(first))


def is_mangled(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is data that another tool took for a header: -0.518 and then -0.518.1, -0.518.2 …"""
    suffixed = [_MANGLED.fullmatch(cell.strip()) for cell in rows[0] if number(cell) is None]
    return len(suffixed) >= 2 and all(suffixed) and any(found and found[1] in rows[0] for found in suffixed)


def last_row_end(block: bytes) -> int:
    """Where the last whole row ends: at a line's end that is not within quotation marks; 0 if there is none."""
    cut = block.rfind(b"\n") + 1
    if not cut or b'"' not in block or not block.count(b'"', 0, cut) % 2:
        return cut
    end = cut
    quotes = block.count(b'"', 0, cut)
    for _ in range(100_000):
        before = block.rfind(b"\n", 0, cut - 1) + 1
        if not before:
            break
        quotes -= block.count(b'"', before, cut)
        cut = before
        if not quotes % 2:
            return cut
    return end if len(block) > LONGEST_ROW else 0
