"""What was made while a run lasted is found, and taken away where a branch is told to."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from unstuck.experiment.sandbox.leftovers import birth_time, made_by_run, remove_leftovers
from unstuck.record.manifest import Manifest


@pytest.fixture
def ran(tmp_path):
    """A folder in which a run has made files among older and younger ones, and its record."""
    if birth_time(tmp_path) is None:
        pytest.skip("this file system does not tell when a file was made")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "old.csv").write_text("1")
    (tmp_path / "log.txt").write_text("one\n")
    time.sleep(0.1)
    began = time.time()
    (tmp_path / "data" / "cache.npy").write_text("2")
    (tmp_path / "out" / "deep").mkdir(parents=True)
    (tmp_path / "out" / "deep" / "model.pt").write_text("3")
    (tmp_path / "latest").symlink_to("data")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "log.txt").write_text("two\n")
    duration = time.time() - began
    time.sleep(0.1)
    (tmp_path / "page.html").write_text("4")
    manifest = Manifest(cwd=str(tmp_path), began=began, duration=duration)
    return tmp_path, SimpleNamespace(manifest=manifest)


def test_what_was_made_while_it_ran_innermost_first(ran):
    folder, record = ran
    left = [path.relative_to(folder).as_posix() for path in made_by_run(record)]
    assert set(left) == {"data/cache.npy", "out", "out/deep", "out/deep/model.pt", "latest"}
    assert left.index("out/deep/model.pt") < left.index("out/deep") < left.index("out")


def test_only_that_is_taken_away_and_no_folder_with_something_else_in_it(ran):
    folder, record = ran
    left = made_by_run(record)
    (folder / "out" / "notes.txt").write_text("5")
    remove_leftovers(tuple(map(str, left)))
    remove_leftovers(tuple(map(str, left)))
    kept = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert kept == [
        "__pycache__", "data", "data/old.csv", "log.txt", "out", "out/notes.txt", "page.html",
    ]  # fmt: skip


def test_nothing_of_a_run_whose_length_is_not_known(ran):
    _, record = ran
    record.manifest = replace(record.manifest, duration=None)
    assert made_by_run(record) == ()
