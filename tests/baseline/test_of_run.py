"""The answer of a run names the number to beat where a baseline of its data is there."""

from __future__ import annotations

import json

import numpy as np
import pytest

import unstuck
from unstuck.record.baselines import baseline_for

X = np.random.default_rng(0).normal(size=(60, 2))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def folder(tmp_path):
    run = unstuck.baseline(X, Y, dir=tmp_path, folds=2)
    manifest = run.path / "manifest.json"
    about = json.loads(manifest.read_text("utf-8"))
    about["baseline"]["sources"] = ["/somewhere/flowers.csv"]
    manifest.write_text(json.dumps(about, separators=(",", ":")), encoding="utf-8")
    return tmp_path


def test_a_baseline_is_found_by_the_name_of_its_file(folder):
    found = baseline_for(folder, 'frame = read_csv("data/flowers.csv")')
    assert found is not None
    assert found.sentence.startswith("A network must beat accuracy")


@pytest.mark.parametrize("text", ["", "read('sunflowers.csv')", "flowers.csv-old", "flowers"])
def test_other_data_has_none(folder, text):
    assert baseline_for(folder, text) is None


def test_a_folder_that_is_not_there_or_damaged_records_have_none(folder, tmp_path):
    assert baseline_for(tmp_path / "nothing", "flowers.csv") is None
    for path in folder.iterdir():
        if path.is_dir():
            (path / "manifest.json").write_text('{"baseline": 3}', encoding="utf-8")
    assert baseline_for(folder, "flowers.csv") is None
