"""What `unstuck audit` reads, on the command line: one line and exit code 2 for what it cannot read."""

from __future__ import annotations

import pytest

ROWS = "".join(f"{at * 37 % 101 / 7:.4},{at * 53 % 97 / 5:.4},{at * 31 % 7 % 2}\n" for at in range(200))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.csv",), "There is no file nowhere.csv"),
        (("tain.csv",), "Did you mean train.csv?"),
        (("train.csv",), "the target must be named"),
        (("train.csv", "--target", "9"), "no column '9' (--target)"),
        (("train.csv", "--header", "--target", "y"), "no column 'y' (--target)"),
        (("train.csv", "--target", "-1", "--type", "column_1"), "--type wants COLUMN=TYPE"),
        (("train.csv", "--target", "-1", "--test", "empty.csv"), "empty.csv is empty"),
        (("train.csv", "--target", "-1", "--form", "image"), "no column of paths of images"),
        (("no_module_of_tests:loader",), "There is no module no_module_of_tests"),
        (("collections:deqeu",), "Did you mean deque?"),
        (("empty",), "holds no files"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_code_2(shell, words, said):
    (shell.folder / "train.csv").write_text(ROWS)
    (shell.folder / "empty.csv").write_text("")
    (shell.folder / "empty").mkdir()
    told = shell("audit", *words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert told.err.startswith("unstuck: ")
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize("target", ["-1", pytest.param("3", marks=pytest.mark.slow), "column_3"])
def test_a_table_without_header_says_so(shell, target):
    (shell.folder / "train.csv").write_text(ROWS)
    told = shell("audit", "train.csv", "--target", target)
    assert told.code == 0
    assert "no header row" in told.out
    assert "target `column_3`: binary" in told.out


def test_a_script_beside_the_working_folder_gives_the_data(shell):
    lines = ["import numpy", "X = numpy.random.default_rng(0).normal(size=(200, 3))", "def data():"]
    code = "\n".join([*lines, "    return X, X[:, 0] > 0"])
    (shell.folder / "own_of_tests.py").write_text(code)
    told = shell("audit", "own_of_tests.py:data")
    assert told.code == 0
    assert "200 rows, 3 columns" in told.out
