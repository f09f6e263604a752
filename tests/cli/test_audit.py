"""`unstuck audit` on the command line: its outputs, what it refuses, labels by hand, cleaned copies, comparisons."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pty
import random
import subprocess
import sys

import pytest

from unstuck.run import Run


def table(path, rows=400, *, constant=False, seed=0, shift=0.0):
    """Two informative columns, two classes, a header."""
    chance = random.Random(seed)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "y"])
        for _ in range(rows):
            label = chance.random() < 0.5
            a = 2.0 if constant else chance.gauss(2.0 * label, 1.0) + shift
            writer.writerow([a, chance.gauss(-2.0 * label, 1.0), "yes" if label else "no"])
    return path


def test_a_clean_table_is_a_few_lines_and_the_exit_code_is_0(shell):
    told = shell("audit", str(table(shell.folder / "train.csv")), "--target", "y")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[1].startswith("train  train.csv: 400 rows, 2 columns (2 numbers), target `y`: binary")
    assert len(told.out.splitlines()) <= 6


def test_fail_on_exits_with_3_for_a_warning_and_not_for_a_note(shell):
    path = table(shell.folder / "train.csv", constant=True)
    words = ("audit", str(path), "--target", "y", "--fail-on", "warning", "--select")
    told = shell(*words, "DAT109")
    assert "info[DAT109]" in told.out
    assert told.code == 0
    table(shell.folder / "test.csv", rows=100, constant=True)
    told = shell(*words, "SPL101", "--test", "test.csv")
    assert "error[SPL101]" in told.out
    assert told.code == 3


def test_every_form_is_written(shell):
    path = table(shell.folder / "train.csv")
    names = {form: shell.folder / f"answer.{form}" for form in ("json", "html", "sarif", "markdown")}
    wanted = [word for form, file in names.items() for word in (f"--{form}", str(file))]
    told = shell("audit", str(path), "--target", "y", *wanted)
    assert told.code == 0
    assert json.loads(names["json"].read_text())["facts"]["splits"][0]["rows"] == 400
    assert "<h2>Look at the data</h2>" in names["html"].read_text()


def test_a_form_for_labels_is_in_the_page_and_its_file_is_read(shell):
    path = table(shell.folder / "train.csv")
    page = shell.folder / "page.html"
    shell("audit", str(path), "--target", "y", "--annotate", "8", "--html", str(page))
    assert page.read_text().count('<fieldset class="choices">') == 8
    labels = [line[-1] for line in csv.reader(path.read_text().splitlines()[1:])]
    file = shell.folder / "labels.csv"
    other = {"yes": "no", "no": "yes"}
    given = [other[labels[0]], *labels[1:10]]
    file.write_text("row,label\r\n" + "".join(f'{row},"{label}"\r\n' for row, label in enumerate(given)))
    told = shell("audit", str(path), "--target", "y", "--annotations", str(file), "--html", str(page))
    said = " ".join(told.out.split())
    assert "labels given by hand: 10 compared, 1 disagrees with the data: human error 10 %" in said
    assert f"by hand: {given[0]}" in page.read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("a,b\n1,2\n", "need the columns `row` and `label`"),
        ("row,label\nx,yes\n", "need whole numbers in `row`"),
        ('{"rows": 3}', "should be a list"),
        ("[1,", "are no JSON"),
        ("row,label\n99999,yes\n", "is a labelled row"),
    ],
)
def test_annotations_that_cannot_be_used_are_refused_in_words(shell, content, said):
    path = table(shell.folder / "train.csv")
    file = shell.folder / "labels"
    if content is not None:
        file.write_text(content)
    told = shell("audit", str(path), "--target", "y", "--annotations", str(file))
    assert told.code != 0
    assert said in told.err
    assert "Traceback" not in told.err


def test_write_clean_refuses_what_exists_before_anything_is_done(shell):
    path = table(shell.folder / "train.csv")
    (shell.folder / "there").mkdir()
    told = shell("audit", str(path), "--target", "y", "--write-clean", str(shell.folder / "there"))
    assert told.code != 0
    assert "never overwrites anything" in told.err
    assert told.out == ""
    assert list((shell.folder / "there").iterdir()) == []


def test_write_clean_lists_changes_and_leaves_the_source_as_it_is(shell):
    path = table(shell.folder / "train.csv")
    before = path.read_bytes()
    told = shell("audit", str(path), "--target", "y", "--write-clean", str(shell.folder / "clean"))
    assert told.code == 0
    head = (shell.folder / "clean" / "changes.csv").read_text().splitlines()[0]
    assert head == "split,row,name,code,action,column,from,to,reason"
    assert path.read_bytes() == before


def test_two_audits_are_compared(shell):
    first = shell("audit", str(table(shell.folder / "train.csv")), "--target", "y", "--select", "DAT109")
    (old,) = (shell.folder / ".unstuck").glob("*_train")
    changed = table(shell.folder / "train.csv", rows=500, seed=1, shift=1.0)
    told = shell("audit", str(changed), "--target", "y", "--select", "DAT109", "--compare", old.name)
    assert first.code == 0
    lines = told.out.splitlines()
    assert f"compared with {old.name}:" in lines
    assert "  rows      train: 400 → 500 rows (+25 %)" in lines
    assert any(line.startswith("  drift     train: column `a`: distributions differ by") for line in lines)
    assert not any("column `b`" in line for line in lines)
    data = json.loads(shell("compare", old.name, "--json").out)
    assert [change["what"] for change in data] == ["rows", "drift"]
    assert shell("compare", old.name, old.name).out == f"compared with {old.name}: nothing changed\n"


@pytest.mark.slow
def test_findings_that_came_are_named(shell):
    shell("audit", str(table(shell.folder / "train.csv")), "--target", "y")
    (old,) = (shell.folder / ".unstuck").glob("*_train")
    told = shell("audit", str(table(shell.folder / "train.csv", constant=True)), "--target", "y", "--compare", old.name)
    assert "train: new: info DAT109 constant-feature: column `a` is constant" in told.out


def test_only_audits_are_compared(shell):
    shell("audit", str(table(shell.folder / "train.csv")), "--target", "y")
    (old,) = (shell.folder / ".unstuck").glob("*_train")
    assert Run(old).record.manifest.kind == "data"
    told = shell("compare", "nothing-of-that-name", old.name)
    assert told.code != 0
    assert "There is no run nothing-of-that-name" in told.err


def test_a_record_of_a_run_is_refused_before_the_audit_starts(shell):
    (shell.folder / "train.py").write_text("print('done')\n")
    shell("run", "train.py")
    (run,) = (shell.folder / ".unstuck").glob("*_train")
    told = shell("audit", str(table(shell.folder / "data.csv")), "--target", "y", "--compare", run.name)
    assert told.code == 2
    assert told.err == f"unstuck: {run.name} is no record of a data set: only audits can be compared.\n"
    assert not list((shell.folder / ".unstuck").glob("*_data"))


def test_a_bar_is_drawn_on_a_terminal_after_a_while_and_taken_away():
    program = """
import time
from unstuck.cli.progress_bar import ProgressBar
for after in (60.0, 0.05):
    with ProgressBar(after) as progress:
        progress("labels", 0.25)
        time.sleep(0.5)
print("end")
"""
    terminal, other = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    words = [sys.executable, "-c", program]
    ran = subprocess.run(words, stderr=other, stdout=subprocess.PIPE, env=environment, check=True)
    os.close(other)
    shown = b""
    with contextlib.suppress(OSError):
        while more := os.read(terminal, 1 << 16):
            shown += more
    os.close(terminal)
    assert ran.stdout == b"end\n"
    assert b"25%" in shown
    assert b"labels" in shown
    assert shown.count(b"\x1b[?25l") == 1, "the one that was quick is not shown"
    assert b"\x1b[2K" in shown
