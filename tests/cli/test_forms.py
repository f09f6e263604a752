"""The answer in every form that a command can write, and GitHub's annotations where they belong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import unstuck
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split
from unstuck.testing import synthetic

FINDING = [2.3] * 300
"""a flat loss: the rules have something to say"""


@pytest.fixture
def kept(shell):
    """A shell with this unstuck, and one run that is kept in its folder."""
    shell.environment["PYTHONPATH"] += f":{Path(unstuck.__file__).parents[1]}"
    synthetic.record(shell.folder / ".unstuck", loss=FINDING, manifest={"cwd": str(shell.folder)})
    return shell


@pytest.mark.parametrize("form", ["text", "markdown", "json", "sarif", "github"])
def test_show_prints_every_form_and_nothing_else(kept, form):
    told = kept("show", "--format", form)
    assert (told.code, told.err) == (0, "")
    if form in ("json", "sarif"):
        assert json.loads(told.out)
    begins = {"text": "stuck: ", "markdown": "# unstuck: stuck\n", "json": "{", "sarif": "{", "github": "::error "}
    assert told.out.startswith(begins[form])
    assert told.out.endswith("\n")


def test_show_writes_files(kept):
    assert kept("show", "--sarif", "a.sarif", "--markdown", "a.md").code == 0
    assert json.loads((kept.folder / "a.sarif").read_text())["version"] == "2.1.0"
    assert (kept.folder / "a.md").read_text() == kept("show", "--format", "markdown").out
    told = kept("show", "--sarif", "no/such/folder.sarif")
    assert (told.code, "cannot be written" in told.err) == (2, True)


def test_one_file_that_cannot_be_written_does_not_lose_the_others(kept):
    told = kept("show", "--json", "no/such/a.json", "--sarif", "a.sarif", "--markdown", "a.md", "--tensorboard", "logs")
    assert (told.code, "no/such/a.json" in told.err) == (2, True)
    assert (kept.folder / "a.sarif").exists()
    assert (kept.folder / "a.md").exists()
    assert (kept.folder / "logs").is_dir()


def test_show_writes_for_tensorboard_and_says_where(kept):
    told = kept("show", "--tensorboard", "logs")
    assert told.code == 0, told.err
    assert "unstuck: TensorBoard: logs/synthetic-1; to look at it: tensorboard --logdir logs\n" in told.out
    assert len(list((kept.folder / "logs" / "synthetic-1").glob("events.out.tfevents.*"))) == 1


def test_tensorboard_that_is_missing_is_told_before_the_program_starts(kept):
    kept.write("tensorboard.py", "raise ImportError('not here')")
    kept.environment["PYTHONPATH"] = f"{kept.folder}:{kept.environment['PYTHONPATH']}"
    kept.write("train.py", "open('ran', 'w')")
    told = kept("run", "--tensorboard", "logs", "train.py")
    assert (told.code, "pip install tensorboard" in told.err) == (2, True)
    assert not (kept.folder / "ran").exists()


@pytest.fixture
def trains(kept):
    """A script that trains nothing."""
    kept.write("train.py", "print('mine')")
    return kept


@pytest.mark.parametrize(
    ("words", "variables", "annotated"),
    [
        ((), {}, False),
        (("--github",), {}, True),
        ((), {"GITHUB_ACTIONS": "true"}, True),
        (("--no-github",), {"GITHUB_ACTIONS": "true"}, False),
        (("-q",), {"GITHUB_ACTIONS": "true"}, False),
        (("-q", "--github"), {}, True),
    ],
)
def test_annotations_go_where_the_answer_goes_and_nothing_goes_to_the_programs_output(
    tmp_path, capsys, monkeypatch, words, variables, annotated
):
    from unstuck.cli.conclude import conclude
    from unstuck.cli.output_formats import Wanted

    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    record = synthetic.record(tmp_path, loss=FINDING)
    github = True if "--github" in words else False if "--no-github" in words else None
    conclude(record.path, Wanted(github=github), quiet="-q" in words)
    told = capsys.readouterr()
    assert told.out == ""
    assert ("\n::error " in f"\n{told.err}") is annotated
    assert ("stuck: " in told.err) is ("-q" not in words)


def test_run_takes_every_option_and_leaves_the_programs_output_alone(trains):
    trains.environment["GITHUB_ACTIONS"] = "true"
    told = trains("run", "--sarif", "a.sarif", "--markdown", "a.md", "--json", "a.json", "train.py")
    assert (told.code, told.out) == (0, "mine\n")
    assert json.loads((trains.folder / "a.sarif").read_text())["runs"][0]["results"] == []
    assert (trains.folder / "a.md").read_text().startswith("# unstuck: no-training")
    assert "\n::" not in told.err
    told = trains("run", "--markdown", "no/such/a.md", "train.py")
    assert (told.code, "The folder of no/such/a.md does not exist" in told.err) == (2, True)


def test_files_of_annotations_are_below_the_repository(kept):
    kept.environment["GITHUB_WORKSPACE"] = str(kept.folder.parent)
    assert f"file={kept.folder.name}/train.py,line=20" in kept("show", "--format", "github").out


def test_show_takes_the_record_of_a_data_set(kept):
    columns = [ColumnProfile(split=0, name="age", count=10, distinct=4)]
    record = synthetic.data_record(kept.folder / "data", [Split(id=0, rows=10)], columns)
    told = kept("show", str(record.path))
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(
        "clean: dataset train: no fault was found.\n"
        "train  10 rows, 1 column (1 number), no target\n"
    )
    assert json.loads(kept("show", str(record.path), "--format", "json").out)["kind"] == "data"
