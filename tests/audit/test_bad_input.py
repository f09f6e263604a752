"""Bad input: a message of one line that says what to do, or an audit that goes on; never another exception.

Messages are checked by a pattern; ``GOES_ON`` marks input that is audited, whatever is found.
"""

from __future__ import annotations

import gzip
import struct
import sys
import types
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import unstuck
from unstuck.core.errors import UsageError
from unstuck.record.events.data.splits import NotMeasured, Split

GOES_ON = None
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(40, 3)), np.arange(40) % 2
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x08\x00\x00\x00\x08\x08\x00\x00\x00\x00d\x86\xdd\xd0"
    b"\x00\x00\x00\x0bIDATx\x9cc`\xa0\x0c\x00\x00\x00H\x00\x01"
)
ROWS = "".join(f"{at / 7},{at % 5},{at % 2}\n" for at in range(40))


def audited(source, *y, tmp_path, **options):
    """The splits of the audit; fails where a measurement broke."""
    run = unstuck.audit(source, *y, dir=tmp_path / "records", look=3, **options)
    broke = [event for part in run.record.parts for event in part.of(NotMeasured) if event.broke]
    assert not broke, broke[0]
    assert run.answer().text(colour=False)
    return [split for part in run.record.parts for split in part.of(Split)]


def check(message, source, *y, tmp_path, **options):
    if message is GOES_ON:
        assert audited(source, *y, tmp_path=tmp_path, **options)
        return
    with pytest.raises(UsageError, match=message) as caught:
        audited(source, *y, tmp_path=tmp_path, **options)
    assert "\n" not in str(caught.value).strip()
    assert not list((tmp_path / "records").glob("*")), "nothing is left behind"


FILES = {
    "empty": ("a.csv", b"", {}, "empty"),
    "only blanks": ("a.csv", b" \n\n  \n", {}, "empty"),
    "half a letter": ("a.csv", b"\xc2", {}, "empty"),
    "only a header": ("a.csv", "a,b,y\n", {"target": "y"}, "no rows.*Columns: a, b, y"),
    "one row": ("a.csv", "a,b,y\n1,2,0\n", {"target": "y"}, GOES_ON),
    "two rows": ("a.csv", "a,b,y\n1,2,0\n3,4,1\n", {"target": "y"}, GOES_ON),
    "one row without header": ("a.csv", "1,2,0\n", {"target": "-1"}, GOES_ON),
    "one column": ("a.csv", "y\n1\n2\n3\n", {"target": "y"}, "no column besides the target"),
    "one column and no target": ("a.csv", "height\n1.5\n2.5\n3.5\n", {}, GOES_ON),
    "one class": ("a.csv", "a,y\n" + "".join(f"{at / 3},1\n" for at in range(40)), {"target": "y"}, GOES_ON),
    "all missing": ("a.csv", "a,b,y\n" + ",,\n" * 40, {"target": "y"}, GOES_ON),
    "all labels missing": ("a.csv", "a,y\n" + "".join(f"{at},\n" for at in range(40)), {"target": "y"}, GOES_ON),
    "all marks": ("a.csv", "a,y\n" + "?,0\n?,1\n" * 20, {"target": "y"}, GOES_ON),
    "mixed types": ("a.csv", "a,y\n" + "1.5,0\nword,1\n2024-01-01,0\n" * 20, {"target": "y"}, GOES_ON),
    "a constant": (
        "a.csv", "a,b,y\n" + "".join(f"7,{at / 3},{at % 2}\n" for at in range(40)), {"target": "y"}, GOES_ON,
    ),
    "infinite": ("a.csv", "a,y\n" + "".join(f"inf,{at % 2}\n" for at in range(40)), {"target": "y"}, GOES_ON),
    "huge numbers": ("a.csv", "a,y\n" + "".join(f"{at}e300,{at % 2}\n" for at in range(40)), {"target": "y"}, GOES_ON),
    "larger than float": ("a.csv", "a,y\n" + "1e999,0\n-1e999,1\n" * 20, {"target": "y"}, GOES_ON),
    "duplicate names": ("a.csv", "a,a,y\n" + ROWS, {"target": "y"}, GOES_ON),
    "names that are blank": ("a.csv", ",b,y\n" + ROWS, {"target": "y"}, GOES_ON),
    "wrong target": ("a.csv", "height,width,grown\n" + ROWS, {"target": "grwn"}, "no column 'grwn'.*mean 'grown'"),
    "wrong target, other case": ("a.csv", "A,B,LABEL\n" + ROWS, {"target": "label"}, "mean 'LABEL'"),
    "target beyond the end": ("a.csv", ROWS, {"target": "9"}, "no column '9'.*column_3"),
    "target position 0": ("a.csv", ROWS, {"target": "0"}, "no column '0'"),
    "target far from the end": ("a.csv", ROWS, {"target": "-7"}, "no column '-7'"),
    "no target, no header": ("a.csv", ROWS, {}, "target must be named.*column_1, column_2, column_3"),
    "wrong group": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "group": "patient"}, "'patient'.*--group"),
    "wrong time": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "time": "when"}, "'when'.*--time"),
    "target is group": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "group": "y"}, "two roles"),
    "same target twice": ("a.csv", "a,b,y\n" + ROWS, {"target": ["y", "y"]}, "two roles"),
    "time that is no time": ("a.csv", "a,b,y\n" + "x,2.5,0\nz,3.5,1\n" * 20, {"target": "y", "time": "a"}, GOES_ON),
    "wrong type column": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "types": {"z": "number"}}, "no column 'z'"),
    "wrong type": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "types": {"a": "colour"}}, "colour.*Column types"),
    "wrong task": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "task": "sorting"}, "sorting.*Tasks"),
    "wrong form": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "form": "sound"}, "sound.*Forms"),
    "number that is words": (
        "a.csv", "a,y\n" + "red,0\nblue,1\n" * 20, {"target": "y", "types": {"a": "number"}}, GOES_ON,
    ),
    "regression on words": (
        "a.csv", "a,y\n" + "1.5,red\n2.5,blue\n" * 20,
        {"target": "y", "task": "regression"}, "regression needs numbers.*red",
    ),
    "classes of a continuous target": (
        "a.csv", "a,y\n" + "".join(f"{at / 3},{at / 7}\n" for at in range(40)),
        {"target": "y", "task": "multi-class"}, GOES_ON,
    ),
    "a task without target": ("a.csv", "a,b\n1.5,2\n2.5,3\n", {"task": "binary"}, "needs a target"),
    "images wanted of a table": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "form": "image"}, "no column of paths"),
    "texts wanted of a table": ("a.csv", "a,b,y\n" + ROWS, {"target": "y", "form": "text"}, "no column of texts"),
    "too many fields": ("a.csv", "a,b,y\n" + ROWS + "1,2,3,4\n", {"target": "y"}, "line 42 has 4 fields, 3"),
    "too few fields": ("a.csv", "a,b,y\n" + ROWS + "1,2\n", {"target": "y"}, GOES_ON),
    "unbalanced quotes": ("a.csv", 'a,b,y\n"x,1,0\n' + "z,2.5,1\n" * 40, {"target": "y"}, GOES_ON),
    "quotes in the middle": ("a.csv", "a,b,y\n" + '5" disk,1.5,0\nz,2.5,1\n' * 20, {"target": "y"}, GOES_ON),
    "lines in quotes": ("a.csv", "a,b,y\n" + '"two\nlines",1.5,0\nz,2.5,1\n' * 20, {"target": "y"}, GOES_ON),
    "separator in quotes": ("a.csv", "a,b,y\n" + '"one, two",1.5,0\nz,2.5,1\n' * 20, {"target": "y"}, GOES_ON),
    "carriage returns": ("a.csv", ("a,b,y\n" + ROWS).replace("\n", "\r"), {"target": "y"}, GOES_ON),
    "no newline at the end": ("a.csv", "a,b,y\n" + ROWS.rstrip(), {"target": "y"}, GOES_ON),
    "latin-1": ("a.csv", ("größe,b,y\n" + ROWS).encode("latin-1"), {"target": "y"}, GOES_ON),
    "latin-1 further below": (
        "a.csv", ("a,b,y\n" + "x,1,0\n" * 50_000 + "ä,2,1\n").encode("latin-1"), {"target": "y"}, GOES_ON,
    ),
    "broken utf-8": ("a.csv", b"a,b,y\n" + b"\xc3\x28,1.5,0\nz,2.5,1\n" * 20, {"target": "y"}, GOES_ON),
    "utf-16": ("a.csv", ("a,b,y\n" + ROWS).encode("utf-16"), {"target": "y"}, GOES_ON),
    "binary": ("a.csv", bytes(range(256)) * 20, {"target": "y"}, "no text: it holds binary"),
    "picture called csv": ("a.csv", PNG, {"target": "y"}, "an image, no data set"),
    "parquet called csv": ("a.csv", b"PAR1" + bytes(100), {"target": "y"}, "cannot be read"),
    "pdf": ("a.pdf", b"%PDF-1.4 \n", {}, "a PDF"),
    "broken parquet": ("a.parquet", b"PAR1" + bytes(range(200)), {"target": "y"}, "cannot be read"),
    "parquet that is text": ("a.parquet", "a,b\n1,2\n", {"target": "y"}, "cannot be read"),
    "broken feather": ("a.feather", b"ARROW1\x00\x00" + bytes(200), {"target": "y"}, "cannot be read"),
    "broken json line": ("a.jsonl", '{"a": 1, "y": 0}\n{"a": 2, \n', {"target": "y"}, "line 2 is no JSON"),
    "json lines of lists": ("a.jsonl", "[1, 2]\n[3, 4]\n", {"target": "y"}, "is a JSON list"),
    "empty json lines": ("a.jsonl", "\n\n", {"target": "y"}, "empty"),
    "json lines with other keys": ("a.jsonl", '{"a": 1, "y": 0}\n{"b": 2, "y": 1}\n' * 20, {"target": "y"}, GOES_ON),
    "json lines of mixed types": (
        "a.jsonl", '{"a": 1, "y": 0}\n{"a": "x", "y": 1}\n{"a": [1], "y": 1}\n' * 20, {"target": "y"}, GOES_ON,
    ),
    "json of a number": ("a.json", "5", {"target": "y"}, "no rows|JSON int"),
    "json of nothing": ("a.json", "[]", {"target": "y"}, "no rows"),
    "json of unequal columns": ("a.json", '{"a": [1, 2], "y": [1]}', {"target": "y"}, "no table"),
    "no json": ("a.json", "hello", {"target": "y"}, "no JSON"),
    "broken npy": ("a.npy", b"\x93NUMPY\x01\x00", {}, "no NumPy file"),
    "npy that is text": ("a.npy", "hello", {}, "NumPy|objects"),
    "broken npz": ("a.npz", b"PK\x03\x04 nothing", {}, "NumPy|archive"),
    "broken zip": ("a.zip", b"PK\x03\x04 nothing", {}, "no archive"),
    "broken tar": ("a.tar.gz", b"\x1f\x8b nothing", {}, "no archive"),
    "truncated gz": (
        "a.csv.gz", gzip.compress(ROWS.encode() * 100)[:-30], {"target": "-1"}, "read to its end|cannot be read",
    ),
    "gz that is none": ("a.csv.gz", ROWS, {"target": "-1"}, "cannot be read"),
    "target of a text file": ("a.txt", "one sentence, here.\nand a second one.\n" * 10, {"target": "y"}, "no file"),
    "empty text file": ("a.txt", b"\n", {}, "empty"),
    "a thousand columns": ("a.csv", ",".join(map(str, RANDOM.normal(size=1000))) + "\n", {"target": "1"}, GOES_ON),
    "a line without end": ("a.csv", "x" * 300_000, {"task": "none"}, "no rows"),
    "names longer than a line": ("a.csv", "n" * 5000 + ",b,y\n" + ROWS, {"target": "y"}, GOES_ON),
    "html in cells": ("a.csv", "a,b,y\n" + "<script>alert(1)</script>,1.5,0\nz,2.5,1\n" * 20, {"target": "y"}, GOES_ON),
    "a million in a cell": ("a.csv", "a,b,y\n" + ROWS + "w" * 1_000_000 + ",1,1\n", {"target": "y"}, GOES_ON),
    "nul in the middle": ("a.csv", ("a,b,y\n" + ROWS).encode() + b"\x00\x01,1,0\n", {"target": "y"}, "binary"),
    "no suffix": ("data", ROWS, {"target": "-1"}, GOES_ON),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file(name, tmp_path):
    file, content, options, message = FILES[name]
    (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    check(message, str(tmp_path / file), tmp_path=tmp_path, **options)


def ragged():
    made = np.empty(3, dtype=object)
    made[:] = [[1, 2], [3], [4, 5, 6]]
    return made


def sparse():
    from scipy.sparse import csr_matrix

    return csr_matrix(X)


def wide_sparse():
    from scipy.sparse import csr_matrix

    return csr_matrix((10_000, 1_000_000))


def failing():
    yield X[0], 0
    raise RuntimeError("the stream broke")


WHEN = np.array("2024-01-01", dtype="datetime64[D]") + np.arange(40)
RECORDS = np.array([(at / 7, at % 4) for at in range(40)], dtype=[("a", float), ("b", int)])
MASKED = np.ma.masked_where(X > 1, X)

ARRAYS = {
    "nothing": (lambda: (None,), "nothing to audit"),
    "a number": (lambda: (5,), "cannot be audited"),
    "bytes": (lambda: (b"abc",), "cannot be audited"),
    "a set": (lambda: ({1, 2},), "cannot be audited"),
    "an object": (lambda: (object(),), "cannot be audited"),
    "an empty dictionary": (lambda: ({},), "is empty"),
    "a dictionary of unequal columns": (lambda: ({"a": [1, 2], "b": [1]},), "one length"),
    "a dictionary of numbers": (lambda: ({"a": 1},), "one length"),
    "0-d": (lambda: (np.array(5.0), Y), "single value"),
    "no rows": (lambda: (np.zeros((0, 3)), np.zeros(0)), "no examples"),
    "no columns": (lambda: (np.zeros((40, 0)), Y), "no columns"),
    "an empty list": (lambda: ([], []), "no examples"),
    "one row": (lambda: (X[:1], Y[:1]), GOES_ON),
    "1-d": (lambda: (X[:, 0], Y), GOES_ON),
    "y too short": (lambda: (X, Y[:30]), "40 examples and 30 labels"),
    "y too long": (lambda: (X[:30], Y), "30 examples and 40 labels"),
    "y 3-d": (lambda: (X, np.zeros((40, 2, 2))), "shape .n,. or .n, k."),
    "y without columns": (lambda: (X, np.zeros((40, 0))), "shape"),
    "y is a name": (lambda: (X, "y"), "target='y'"),
    "y of one class": (lambda: (X, np.zeros(40, int)), GOES_ON),
    "y all NaN": (lambda: (X, np.full(40, np.nan)), GOES_ON),
    "y with None": (lambda: (X, [None, "a", "b", "a"] * 10), GOES_ON),
    "y of mixed types": (lambda: (X, np.array([1, "a", 2.5, None] * 10, dtype=object)), GOES_ON),
    "y of booleans": (lambda: (X, Y == 1), GOES_ON),
    "y of bytes": (lambda: (X, np.array([b"a", b"b"] * 20)), GOES_ON),
    "y of dates": (lambda: (X, WHEN), GOES_ON),
    "y complex": (lambda: (X, Y * 1j), "complex"),
    "y in a column": (lambda: (X, Y[:, None]), GOES_ON),
    "y of lists": (lambda: (X, [[1, 2], [3]] * 20), GOES_ON),
    "y of identifiers": (lambda: (X, [f"k{at}" for at in range(40)]), GOES_ON),
    "y infinite": (lambda: (X, np.where(Y, np.inf, X[:, 0])), GOES_ON),
    "complex": (lambda: (X * 1j, Y), "complex"),
    "dates": (lambda: (WHEN[:, None], Y), GOES_ON),
    "booleans": (lambda: (X > 0, Y), GOES_ON),
    "words": (lambda: (np.array([["a", "b"], ["c", "d"]] * 20), Y), GOES_ON),
    "bytes of words": (lambda: (np.array([[b"a", b"b"]] * 40), Y), GOES_ON),
    "texts": (lambda: (["some words"] * 40, Y), GOES_ON),
    "empty texts": (lambda: ([""] * 40, Y), GOES_ON),
    "objects": (lambda: (np.array([[1, "a", None]] * 40, dtype=object), Y), GOES_ON),
    "objects of our own": (lambda: (np.array([[object(), 1.5]] * 40, dtype=object), Y), GOES_ON),
    "ragged": (lambda: (ragged(), [0, 1, 0]), GOES_ON),
    "ragged list": (lambda: ([[1, 2], [3]], [0, 1]), GOES_ON),
    "records": (lambda: (RECORDS, Y), GOES_ON),
    "masked": (lambda: (MASKED, Y), GOES_ON),
    "matrix": (lambda: (np.asmatrix(X), Y), GOES_ON),
    "sparse": (lambda: (sparse(), Y), GOES_ON),
    "wide sparse": (lambda: (wide_sparse(), np.zeros(10_000)), "sparse matrix of 10000"),
    "half precision": (lambda: (X.astype(np.float16), Y), GOES_ON),
    "long double": (lambda: (X.astype(np.longdouble), Y), GOES_ON),
    "huge integers": (lambda: (np.full((40, 2), 2**63, dtype=np.uint64), Y), GOES_ON),
    "integers of Python": (lambda: ([[10**400, 1]] * 40, Y), GOES_ON),
    "all NaN": (lambda: (np.full((40, 3), np.nan), Y), GOES_ON),
    "all infinite": (lambda: (np.full((40, 3), np.inf), Y), GOES_ON),
    "constant": (lambda: (np.ones((40, 3)), Y), GOES_ON),
    "constant images": (lambda: (np.zeros((40, 8, 8), np.uint8), Y), GOES_ON),
    "images of NaN": (lambda: (np.full((40, 8, 8), np.nan), Y), GOES_ON),
    "images of one pixel": (lambda: (np.ones((40, 1, 1, 3), np.uint8), Y), GOES_ON),
    "images without pixels": (lambda: (np.ones((40, 0, 8, 3), np.uint8), Y), "no pixels"),
    "images of two channels": (lambda: (np.ones((40, 8, 8, 2)), Y), "1, 3 or 4 channels"),
    "5-d": (lambda: (np.ones((4, 2, 8, 8, 3)), Y[:4]), "5 dimensions"),
    "6-d": (lambda: (np.ones((4, 2, 2, 8, 8, 3)), Y[:4]), "6 dimensions"),
    "many columns": (lambda: (np.zeros((3, 100_000)), Y[:3]), GOES_ON),
    "three things": (lambda: ((X, Y, Y),), "tuple of 3"),
    "a path beside y": (lambda: ("a.csv", Y), "cannot be read"),
    "a stream that fails": (lambda: (failing(),), "the stream broke"),
    "an empty stream": (lambda: (iter(()),), "no examples"),
    "a stream of None": (lambda: (iter([None] * 5),), "cannot be read"),
    "a stream of unequal shapes": (lambda: (iter([(np.ones((2, 2, 2, 2)), 0), (np.ones(3), 1)]),), "go together"),
    "a stream of pairs": (lambda: (zip(X, Y, strict=True),), GOES_ON),
    "a stream of rows": (lambda: (iter([{"a": at, "b": "x", "label": at % 2} for at in range(20)]),), GOES_ON),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.filterwarnings("ignore")
def test_an_array(name, tmp_path):
    make, message = ARRAYS[name]
    check(message, *make(), tmp_path=tmp_path)


def module(**content):
    made = types.ModuleType("bad_module_of_tests")
    for name, value in content.items():
        setattr(made, name, value)
    return made


def raises():
    raise ValueError("two\nlines")


def leaves():
    sys.exit(5)


SPELLED = {
    "no such module": ("no_module_of_tests:x", "no module no_module_of_tests"),
    "no such attribute": ("bad_module_of_tests:lodaer", "no attribute 'lodaer'.*mean loader"),
    "attribute of an attribute": ("bad_module_of_tests:loader.x", "no attribute 'x'"),
    "a function that fails": ("bad_module_of_tests:raises", "failed: ValueError: two"),
    "a function that leaves": ("bad_module_of_tests:leaves", "failed: SystemExit"),
    "a function with arguments": ("bad_module_of_tests:wants", "needs the arguments a, b"),
    "a number": ("bad_module_of_tests:five", "cannot be audited"),
    "a function that returns nothing": ("bad_module_of_tests:nothing", "cannot be audited"),
    "an address": ("https://example.org/a.csv", "is an address"),
    "no such file": ("nowhere.csv", "no file nowhere.csv"),
    "no such folder": ("nowhere/data.csv", "no folder nowhere"),
    "nothing": ("", "empty|no file|no folder|neither"),
}


@pytest.mark.parametrize("name", SPELLED)
def test_a_name(name, tmp_path, monkeypatch):
    content = {
        "loader": 5, "raises": raises, "leaves": leaves, "wants": lambda a, b: a, "five": 5, "nothing": lambda: None,
    }  # fmt: skip
    monkeypatch.setitem(sys.modules, "bad_module_of_tests", module(**content))
    monkeypatch.chdir(tmp_path)
    text, message = SPELLED[name]
    check(message, text, tmp_path=tmp_path)


@pytest.mark.parametrize(
    ("code", "message"),
    [("import no_package_of_tests", "imports no_package_of_tests, which is not installed"),
     ("x = 1 / 0", "cannot be imported: ZeroDivisionError"), ("x = (", "cannot be imported: SyntaxError"),
     ("raise SystemExit(3)", "cannot be imported: SystemExit")],
)  # fmt: skip
def test_a_module_that_cannot_be_imported(code, message, tmp_path, monkeypatch):
    (tmp_path / "broken_of_tests.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", sys.path[:])
    monkeypatch.delitem(sys.modules, "broken_of_tests", raising=False)
    check(message, "broken_of_tests:x", tmp_path=tmp_path)
    check(message, "broken_of_tests.py:x", tmp_path=tmp_path)


def png(width, height, value=0):
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("L", (width, height), value).save(out, "PNG")
    return out.getvalue()


def bmp_of_a_huge_size():
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)


FOLDERS = {
    "nothing": ({}, "holds no files"),
    "empty folders": ({"a/.keep": b""}, "holds no files"),
    "other files": ({"a/x.bin": b"1", "b/y.bin": b"2"}, "neither images nor texts.*2 × .bin"),
    "several tables": ({"one.csv": b"1,2\n", "two.csv": b"1,2\n"}, "several tables: one.csv, two.csv"),
    "unreadable images": ({f"{at % 2}/{at}.png": b"nothing" for at in range(20)}, GOES_ON),
    "empty images": ({f"{at % 2}/{at}.png": b"" for at in range(20)}, GOES_ON),
    "one broken image": (
        {**{f"{at % 2}/{at}.png": png(8, 8, at) for at in range(20)}, "0/x.jpg": b"\xff\xd8\xff"}, GOES_ON,
    ),
    "truncated images": ({f"{at % 2}/{at}.png": png(30, 30, at)[:60] for at in range(20)}, GOES_ON),
    "a huge image": (
        {**{f"{at % 2}/{at}.png": png(8, 8, at) for at in range(20)}, "0/x.bmp": bmp_of_a_huge_size()}, GOES_ON,
    ),
    "images of many sizes": ({f"{at % 2}/{at}.png": png(8 + at, 9, at) for at in range(20)}, GOES_ON),
    "one image": ({"a/x.png": png(8, 8)}, GOES_ON),
    "images without classes": ({f"{at}.png": png(8, 8, at) for at in range(20)}, GOES_ON),
    "one class": ({f"a/{at}.png": png(8, 8, at) for at in range(20)}, GOES_ON),
    "a class in one split only": (
        {**{f"train/{at % 2}/{at}.png": png(8, 8, at) for at in range(20)}, "test/2/x.png": png(8, 8, 99)}, GOES_ON,
    ),
    "empty texts": ({f"{at % 2}/{at}.txt": b"" for at in range(20)}, GOES_ON),
    "texts of bytes": ({f"{at % 2}/{at}.txt": bytes(range(128, 256)) for at in range(20)}, GOES_ON),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.filterwarnings("ignore")
def test_a_folder(name, packed, tmp_path):
    files, message = FOLDERS[name]
    place = tmp_path / "data"
    place.mkdir()
    for file, content in files.items():
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).write_bytes(content)
    if packed:
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            for file, content in files.items():
                archive.writestr(file, content)
    check(message, str(tmp_path / ("data.zip" if packed else "data")), tmp_path=tmp_path)


def table(path, text):
    path.write_text(text)
    return str(path)


SPLITS = {
    "other columns": ("height,y\n" + "1.5,0\n2.5,1\n" * 9, "no column of the training split"),
    "other number of columns without header": ("1.5,0\n2.5,1\n" * 9, "has 2 columns and no header row"),
    "no target": ("a,b\n" + "1.5,2\n2.5,3\n" * 9, GOES_ON),
    "a column less": ("a,grown\n" + "1.5,0\n2.5,1\n" * 9, GOES_ON),
    "a column more": ("a,b,c,grown\n" + "1.5,3,1,0\n2.5,4,1,1\n" * 9, GOES_ON),
    "other types": ("a,b,grown\n" + "red,blue,0\ngreen,grey,1\n" * 9, GOES_ON),
    "other classes": ("a,b,grown\n" + "1.5,2,yes\n2.5,3,no\n" * 9, GOES_ON),
    "empty": ("", "empty"),
    "only a header": ("a,b,grown\n", "no rows"),
    "no header, same columns": ("1.5,2,0\n2.5,3,1\n" * 9, GOES_ON),
}


@pytest.mark.parametrize("name", SPLITS)
def test_a_second_split(name, tmp_path):
    text, message = SPLITS[name]
    train = table(tmp_path / "train.csv", "a,b,grown\n" + ROWS)
    check(message, train, tmp_path=tmp_path, target="grown", test=table(tmp_path / "test.csv", text))


def test_splits_of_different_form(tmp_path):
    check("one form", X, Y, test=(np.ones((9, 8, 8)), Y[:9]), tmp_path=tmp_path)


def test_a_missing_package_is_named_with_the_way_to_install_it(tmp_path, monkeypatch):
    path = table(tmp_path / "a.csv", "a,b,y\n" + ROWS)
    monkeypatch.setitem(sys.modules, "polars", None)
    check(r"polars, which is not installed. Install it with: pip install 'unstuck\[audit\]'", path, tmp_path=tmp_path)


CELLS = some.text(some.characters(codec="utf-8", exclude_characters='\x00"\r\n'), max_size=8)
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def read_only(source, **options):
    from unstuck.analysis.data.measure import silent
    from unstuck.audit.settings import AuditSettings
    from unstuck.audit.sources.read import read

    try:
        return read({"train": source}, AuditSettings(**options), silent)
    except UsageError:
        return None


@QUICK
@given(
    content=some.binary(max_size=400),
    suffix=some.sampled_from(["csv", "npy", "jsonl", "parquet", "zip", "txt", "json"]),
)
def test_any_bytes_are_data_or_a_message(content, suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    read_only(str(path), target=("1",))


@QUICK
@given(rows=some.lists(some.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=30))
def test_any_table_of_texts_is_read_row_by_row(rows, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(cell.replace(",", ";") for cell in row) for row in rows), "utf-8")
    read_only(str(path), target=("-1",), header=False)


@QUICK
@given(
    values=some.lists(
        some.one_of(
            some.none(), some.floats(), some.integers(), some.text(max_size=5), some.booleans(),
            some.binary(max_size=3),
        ),
        min_size=2, max_size=40,
    )
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_any_objects_are_labels_and_inputs(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    read_only((np.arange(len(values))[:, None] * 0.5, made))
    read_only((made[:, None], np.arange(len(values)) % 2))
